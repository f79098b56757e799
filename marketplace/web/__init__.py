"""What pages and API share: problems, schemas, forms, session, languages, paging, sentences."""
