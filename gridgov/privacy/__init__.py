"""Personal data: keys changed while running, reading a contact, the map, erasure, requests."""
