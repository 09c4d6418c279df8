// A sheet of paper: one A4, printed by the browser.
import "./sheet.css";

const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => print());
