/* Passkeys: the browser asks the device, and what it answers goes with the form. Without this script the form is hidden. */

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function read(json) {
  const options = JSON.parse(json);
  const described = (credential) => ({ ...credential, id: bytes(credential.id) });
  options.challenge = bytes(options.challenge);
  options.excludeCredentials &&= options.excludeCredentials.map(described);
  options.allowCredentials &&= options.allowCredentials.map(described);
  if (options.user) options.user.id = bytes(options.user.id);
  return options;
}

function written({ id, rawId, type, response }) {
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const answers = names.filter((name) => response[name]).map((name) => [name, text(response[name])]);
  return JSON.stringify({ id, rawId: text(rawId), type, response: Object.fromEntries(answers), clientExtensionResults: {} });
}

async function ask(form) {
  const button = form.querySelector("button[type='submit']");
  const failed = form.querySelector("[data-passkey-failed]");
  button.disabled = true;
  failed.hidden = true;
  try {
    const publicKey = read(form.dataset.options);
    form.elements.credential.value = written(await navigator.credentials[form.dataset.passkey]({ publicKey }));
    form.submit();
  } catch {
    failed.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) {
    document.querySelector("[data-no-passkeys]")?.removeAttribute("hidden");
    continue;
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
}
