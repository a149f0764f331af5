// The operators of an expression, made strict: what FEEL answers with null, these refuse with the reason.
//
// engine/expressions/reading.py rewrites comparisons, conditions and membership tests into calls of these, each
// with the number of its place (`at`), so that the refusal can be told in the words of the expression.

import { evaluate, FeelDate, FeelDateTime, FeelDuration, FeelFunction, FeelRange, FeelTime } from "feelin";
import { parseDate, parseDateTime } from "feelin";

export class Trouble extends Error {
  constructor(details) {
    super(details.code);
    this.details = details;
  }
}

const ISO_DATE = /^\d{4}-\d\d-\d\d$/;
const ISO_DATETIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const ORDERED = new Set(["number", "text", "date", "time", "datetime", "duration"]);
const CLASSES = [
  [FeelDate, "date"],
  [FeelTime, "time"],
  [FeelDateTime, "datetime"],
  [FeelDuration, "duration"],
  [FeelRange, "range"],
  [FeelFunction, "function"],
];
const SIMPLE = { boolean: "yes_no", number: "number", string: "text", function: "function", undefined: "nothing" };

export function kindOf(value) {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "list";
  const known = CLASSES.find(([type]) => value instanceof type);
  return known ? known[1] : SIMPLE[typeof value] || "record";
}

// feelin's own operators, taken out of it once
const native = Object.fromEntries(
  ["=", "!=", "<", "<=", ">", ">="].map((operator) => [
    operator,
    evaluate(`function(left, right) left ${operator} right`, {}).value,
  ]),
);

// A literal such as "2027-03-01" beside a date is meant as a date.
function asKind(value, kind) {
  if (typeof value !== "string") return value;
  if (kind === "date" && ISO_DATE.test(value)) return parseDate(value) || value;
  if (kind === "datetime" && ISO_DATETIME.test(value)) return parseDateTime(value) || value;
  return value;
}

// Numbers are doubles here: 0.1 + 0.2 must still equal 0.3.
const tidy = (value) =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(15)) : value;

function pair(left, right, at) {
  const [a, b] = [tidy(asKind(left, kindOf(right))), tidy(asKind(right, kindOf(left)))];
  const [leftKind, rightKind] = [kindOf(a), kindOf(b)];
  if (leftKind !== rightKind || leftKind === "function" || leftKind === "nothing") {
    throw new Trouble({ code: "type", at, left: leftKind, right: rightKind });
  }
  return [a, b];
}

function same(left, right) {
  if (kindOf(left) !== kindOf(right)) return false;
  if (Array.isArray(left)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]));
  }
  if (kindOf(left) === "record") {
    const keys = Object.keys(left);
    return keys.length === Object.keys(right).length && keys.every((key) => same(left[key], right[key]));
  }
  return left === null || native["="].invoke([tidy(left), tidy(right)]) === true;
}

function compare(left, operator, right, at) {
  const [a, b] = pair(left, right, at);
  const kind = kindOf(a);
  if (kind === "number" && !(Number.isFinite(a) && Number.isFinite(b))) throw new Trouble({ code: "limit", at, kind });
  if (kind === "list" || kind === "record") {
    if (operator === "=") return same(a, b);
    if (operator === "!=") return !same(a, b);
  }
  if (operator !== "=" && operator !== "!=" && !ORDERED.has(kind)) {
    throw new Trouble({ code: "type", at, left: kind, right: kind });
  }
  const answer = native[operator].invoke([a, b]);
  if (typeof answer !== "boolean") throw new Trouble({ code: "type", at, left: kind, right: kind });
  return answer;
}

function between(value, low, high, at) {
  return compare(value, ">=", low, at) && compare(value, "<=", high, at);
}

function meets(value, test, at) {
  if (test instanceof FeelRange) {
    const bound = test.start === null ? test.end : test.start;
    const [a] = pair(value, bound, at);
    return test.includes(a) === true;
  }
  if (typeof test === "function") {
    const answer = test(value);
    if (typeof answer !== "boolean") throw new Trouble({ code: "type", at, left: kindOf(value), right: "any" });
    return answer;
  }
  if (value === null || test === null) return value === test;
  return compare(value, "=", test, at);
}

function among(value, tests, at) {
  const each = tests.flatMap((test) => (Array.isArray(test) && !Array.isArray(value) ? test : [test]));
  if (value === null && !each.includes(null)) {
    throw new Trouble({ code: "type", at, left: "nothing", right: "list" });
  }
  return each.some((test) => meets(value, test, at));
}

// A cell of a decision table. An input without a value fits null, and not(...) of what it surely is not; of what can
// only be said of a value, nothing fits, as DMN has it.
function fits(value, tests, negated, at) {
  const each = tests.flatMap((test) => (Array.isArray(test) && !Array.isArray(value) ? test : [test]));
  const answers = each.map((test) => (value === null ? fitsNothing(test, at) : fitsOne(value, test, at)));
  if (!negated) return answers.includes(true);
  return !answers.includes(true) && !answers.includes(null);
}

function fitsOne(value, test, at) {
  return test instanceof FeelFunction ? yes(test.invoke([value]), at) : meets(value, test, at);
}

function fitsNothing(test, at) {
  if (test === null) return true;
  if (test instanceof FeelRange || typeof test === "function") return null;
  if (!(test instanceof FeelFunction)) return false;
  try {
    return yes(test.invoke([null]), at);
  } catch (error) {
    if (error instanceof Trouble && [error.details.left, error.details.right].includes("nothing")) return null;
    throw error;
  }
}

function yes(value, at) {
  if (typeof value === "boolean") return value;
  throw new Trouble({ code: "not_boolean", at, left: kindOf(value) });
}

const known = (value) => value !== null && value !== undefined;

export const checks = {
  __compare: new FeelFunction(compare, ["left", "operator", "right", "at"]),
  __between: new FeelFunction(between, ["value", "low", "high", "at"]),
  __among: new FeelFunction(among, ["value", "tests", "at"]),
  __fits: new FeelFunction(fits, ["value", "tests", "negated", "at"]),
  __yes: new FeelFunction(yes, ["value", "at"]),
  __known: new FeelFunction(known, ["value"]),
};
