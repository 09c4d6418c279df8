"""Pure geometry: datums, measures, partition, coverage, locating, map files.

Everything here works on longitude/latitude in CGCS2000 (EPSG:4490), longitude first, unless a
docstring says otherwise. A polygon's edge is the straight line between two longitude/latitude
pairs (as in RFC 7946, section 3.1.1), for measuring, cutting and locating alike. Nothing here
knows a database, a web server or the rest of GridGov.
"""
