"""Quanshu 泉数: the marketplace on which a city's data is registered, reviewed, valued and traded."""
