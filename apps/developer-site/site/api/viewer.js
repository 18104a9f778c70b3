/** Shows the OpenAPI document of a plan with Swagger UI. Nothing can be sent from here: the page has no token. */
const { fhir, plan: usual } = document.body.dataset;
const PLAN = /^[a-z0-9-]{1,63}$/;

const wanted = new URLSearchParams(location.search).get('plan') ?? usual;
const plan = PLAN.test(wanted) ? wanted : usual;
const url = `${fhir}${plan}/openapi.json`;

const dark = matchMedia('(prefers-color-scheme: dark)');
const setScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', setScheme);
setScheme();

const state = document.getElementById('state');
document.getElementById('document').href = url;
document.getElementById('plan').value = plan;
document.getElementById('plans').addEventListener('submit', (event) => {
  event.preventDefault();
  location.search = new URLSearchParams(new FormData(event.target));
});

/** The page has its own head, and no token. */
const nothing = () => null;
const LEFT_OUT = ['InfoContainer', 'ServersContainer', 'AuthorizeBtnContainer', 'authorizeOperationBtn'];
const withoutHead = { components: Object.fromEntries(LEFT_OUT.map((name) => [name, nothing])) };
/** A landmark of its own, because the list of requests is one (WCAG 1.3.1). */
const asSearch =
  (Filter, { React }) =>
  (props) =>
    React.createElement('div', { role: 'search' }, React.createElement(Filter, props));
const findable = { wrapComponents: { FilterContainer: asSearch } };

/** @returns the document, or undefined when there is none of this plan */
async function load() {
  try {
    const response = await fetch(url);
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

const spec = await load();
if (spec) {
  globalThis.SwaggerUIBundle({
    // The resolver for 3.1 takes ten times as long. What the document says is the same in both.
    spec: { ...spec, openapi: '3.0.4' },
    dom_id: '#viewer',
    plugins: [withoutHead, findable],
    docExpansion: 'none',
    filter: true,
    defaultModelsExpandDepth: -1,
    supportedSubmitMethods: [],
    validatorUrl: null,
    onComplete: () => (state.textContent = `${spec.info.title}, ${spec.info.version}`),
  });
} else {
  state.textContent = `There is no document of the plan “${plan}”. Which plans are here, the start page says.`;
}
