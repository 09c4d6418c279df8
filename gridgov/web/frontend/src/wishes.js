// The wishes: nothing but their look.
import "./wishes.css";
