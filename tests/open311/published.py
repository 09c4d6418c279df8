"""The names that GeoReport v2 gives to what is answered, written down from the specification."""

from __future__ import annotations

SERVICE = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
ATTRIBUTE = {
    "variable", "code", "datatype", "required", "datatype_description", "order", "description",
}  # fmt: skip
DATATYPES = {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}
REQUEST = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime",
    "expected_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url",
}  # fmt: skip
POSTED = {"service_request_id", "service_notice", "account_id"}
TOKEN = {"service_request_id", "token"}
ERROR = {"code", "description"}
DISCOVERY = {"changeset", "contact", "key_service", "endpoints"}
ENDPOINT = {"specification", "url", "changeset", "type", "formats"}
# mySociety's extension.
UPDATE = {"update_id", "service_request_id", "status", "updated_datetime", "description",
          "media_url"}  # fmt: skip
# Of each answer the XML's root and the element that repeats in it.
ROOTS = {
    "services": ("services", "service"),
    "requests": ("service_requests", "request"),
    "servicerequestupdates": ("service_request_updates", "request_update"),
}
