// Administration: the look of its pages; they work by plain forms.
import "./admin.css";
