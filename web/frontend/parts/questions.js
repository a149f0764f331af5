// Hides each question that depends on another answer until that answer is given; the server decides anew.

/** Does an answer on the page make this question appear? `show-if` names the field, `show-for` its values. */
function isAsked(question) {
  const parent = document.querySelector(`[name="${CSS.escape(question.dataset.showIf)}"]:not([type="hidden"])`);
  // Without its parent on the page nobody could make it appear.
  if (!parent) return true;
  if (parent.closest("[data-show-if][hidden]")) return false;
  const values = JSON.parse(question.dataset.showFor).map((value) => ({ true: "yes", false: "no" })[value] ?? value);
  const chosen = document.querySelectorAll(`[name="${CSS.escape(question.dataset.showIf)}"]:checked`);
  return [...chosen].some((choice) => values.includes(choice.value));
}

/** In the order of the page, so that a question below a hidden one is hidden too. */
function update(questions) {
  for (const question of questions) question.hidden = !isAsked(question);
}

export function revealQuestions() {
  const questions = [...document.querySelectorAll("[data-show-if]")];
  if (!questions.length) return;
  for (const when of document.querySelectorAll(".tc-conditional__when")) when.hidden = true;
  document.addEventListener("change", () => update(questions));
  // A browser that comes back to a page fills in its boxes after the script has run.
  addEventListener("pageshow", () => update(questions));
  update(questions);
}
