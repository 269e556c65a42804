import frame from "./frame.json";
import plan from "./plan.json";
import words from "./words.json";

export default { ...frame, ...words, ...plan };
