// Asks the browser for a passkey and sends its answer in the form's own field. Without it the form says why it is off.
export function askForPasskeys() {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.querySelector("[data-without]").hidden = true;
    form.querySelector("button").hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
  }
}

async function send(form) {
  const trouble = form.querySelector("[data-trouble]");
  trouble.hidden = true;
  try {
    form.elements.answer.value = JSON.stringify(await answer(form.dataset.passkey, JSON.parse(form.dataset.options)));
    form.submit();
  } catch {
    // Given up, timed out, or there is none: which, the browser does not say.
    trouble.hidden = false;
  }
}

async function answer(way, options) {
  const found =
    way === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return found.toJSON();
}
