// Meetings: everything works without a script; printing is a button where there is one.
import "./meetings.css";

const button = document.getElementById("print");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
