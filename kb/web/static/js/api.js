/* The addresses of the API, to read and to try out, by Swagger UI; its colours follow those of the page. */

const area = document.querySelector("[data-openapi]");
const dark = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

/* What the page needs of Swagger UI: its own layout has a second main part, headings out of order and a list without a name. */
function PlainLayout({ React }) {
  const layout = ({ getComponent }) =>
    React.createElement(
      "div",
      { className: "swagger-ui" },
      ["errors", "AuthorizeBtnContainer", "operations"].map((name) =>
        React.createElement(getComponent(name, true), { key: name }),
      ),
    );
  return { components: { PlainLayout: layout } };
}

follow();
dark.addEventListener("change", follow);

window.SwaggerUIBundle({
  domNode: area,
  url: area.dataset.openapi,
  plugins: [PlainLayout],
  layout: "PlainLayout",
  /* Its links would stand inside of buttons. */
  deepLinking: false,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  /* The colours of its words are too faint. */
  syntaxHighlight: { activated: false },
  validatorUrl: null,
});
