// Joint cases: the list works without a script.
import "./joint.css";
