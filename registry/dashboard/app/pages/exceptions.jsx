/* Exceptions: the page stands beside that of exemptions, which it shares its form with. */
export { Exceptions as default } from "./exemptions.jsx";
