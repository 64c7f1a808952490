// Save the chart beside this as SVG or PNG, drawn by the Plotly that drew it on the page.
//
// Plotly's own camera button is the way in: its function draws what it is given off the page and saves it. It is given
// a copy of the chart with the layout for print laid over it, so the chart on the page is not touched.
const HIDE = "cohortscope-hide-camera";

export default function (component) {
  const { data, parentElement } = component;
  hideCamera();
  let row = parentElement.querySelector(".row");
  if (!row) {
    row = document.createElement("div");
    row.className = "row";
    for (const kind of ["SVG", "PNG"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = kind;
      button.title = kind === "SVG" ? "The figure, for print and editing" : "The figure, for slides";
      row.append(button);
    }
    const said = document.createElement("span");
    said.className = "said";
    said.setAttribute("role", "status");
    row.append(said);
    parentElement.append(row);
  }
  const [svg, png, said] = row.children;
  svg.onclick = () => save("svg", data, said);
  png.onclick = () => save("png", data, said);
}

function save(format, data, said) {
  const chart = document.querySelector(`.${className(data.chart)} .js-plotly-plot`);
  const bar = chart?._fullLayout?._modeBar;
  const camera = bar?.buttons?.flat().find((button) => button.name === "toImage");
  if (!camera) {
    said.textContent = "The figure is not drawn yet; try again in a moment.";
    return;
  }
  said.textContent = "";
  const drawn = structuredClone({ data: chart.data, layout: chart.layout });
  const layout = { ...drawn.layout, ...data.layout };
  camera.click({
    data: drawn.data,
    layout,
    config: { displayModeBar: false, plotGlPixelRatio: 3 },
    _context: {
      ...chart._context,
      displayNotifier: false,
      toImageButtonOptions: {
        format,
        filename: data.name,
        width: data.layout.width,
        height: data.layout.height,
        scale: format === "png" ? 3 : 1,
      },
    },
  });
}

// As Streamlit makes a class of an element's key.
function className(key) {
  return "st-key-" + key.trim().replaceAll(/[^a-zA-Z0-9_-]/g, "-");
}

function hideCamera() {
  if (document.getElementById(HIDE)) return;
  const style = document.createElement("style");
  style.id = HIDE;
  style.textContent = '[data-testid="stPlotlyChart"] .modebar-btn[data-title^="Download plot"]{display:none}';
  document.head.append(style);
}
