// For pages that change in place: htmx, which the base's meta tag tells to keep to the policy.
import htmx from "htmx.org";

window.htmx = htmx;
