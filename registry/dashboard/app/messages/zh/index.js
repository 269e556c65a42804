import frame from "./frame.json";
import words from "./words.json";
import plan from "./plan.json";
import register from "./register.json";
import findings from "./findings.json";
import lists from "./lists.json";
import freight from "./freight.json";
import desk from "./desk.json";

export default { ...frame, ...words, ...plan, ...register, ...findings, ...lists, ...freight, ...desk };
