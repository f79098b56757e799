"""What stands between us and the outside world in tests."""
