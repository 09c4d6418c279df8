// Calls: c begins, 1 to 4 choose what they say, a s d how satisfied they are, w: nobody answered.
import "./calls.css";
import { keys, press } from "./lib/keys.js";

const said = [...document.querySelectorAll("input[name=said]")];
const choices = Object.fromEntries(said.map((one, n) => [n + 1, () => (one.checked = true)]));
keys(choices);

// A radio that was tapped has the focus; the keys count there too.
for (const one of said) {
  one.addEventListener("keydown", (event) => {
    const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (choices[event.key]) choices[event.key]();
    else if (button) press(button);
    else return;
    event.preventDefault();
  });
}
