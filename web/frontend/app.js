// Wakes the design systems' components; every page works without it.
import {
  Button,
  CharacterCount,
  Checkboxes,
  ErrorSummary,
  FileUpload,
  NotificationBanner,
  PasswordInput,
  Radios,
  ServiceNavigation,
  SkipLink,
  Tabs,
  createAll,
} from "govuk-frontend";
import { Alert, ButtonMenu, DatePicker, SortableTable } from "@ministryofjustice/frontend";
import { askForPasskeys } from "./parts/passkeys.js";
import { revealQuestions } from "./parts/questions.js";

// The page's own inline script sets these before the first paint; this is for pages that have none.
document.body.classList.add("js-enabled", "govuk-frontend-supported");

for (const component of [
  Alert, Button, ButtonMenu, CharacterCount, Checkboxes, DatePicker, ErrorSummary, FileUpload,
  NotificationBanner, PasswordInput, Radios, ServiceNavigation, SkipLink, SortableTable, Tabs,
]) {
  createAll(component);
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

revealQuestions();
askForPasskeys();

// A page with a diagram says that it is ready itself, once the diagram is drawn.
if (!document.querySelector("[data-diagram], [data-editor]")) document.body.dataset.ready = "";
