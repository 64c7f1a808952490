// Copy the absolute address of the view. Where the clipboard is refused (a page that is not on https or on this
// machine), the address is shown, selected, to be copied by hand.
export default function (component) {
  const { data, parentElement } = component;
  const link = new URL(data.link, window.location.href).href;
  let row = parentElement.querySelector(".row");
  if (!row) {
    row = document.createElement("div");
    row.className = "row";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "framed";
    button.textContent = "Copy link";
    const said = document.createElement("span");
    said.className = "said";
    said.setAttribute("role", "status");
    const field = document.createElement("input");
    field.readOnly = true;
    field.hidden = true;
    field.setAttribute("aria-label", "Link to this view");
    row.append(button, said, field);
    parentElement.append(row);
  }
  const [button, said, field] = row.children;
  if (field.value !== link) {
    field.value = link;
    field.hidden = true;
    said.textContent = "";
  }
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(link);
      field.hidden = true;
      said.textContent = "Copied";
      setTimeout(() => {
        if (said.textContent === "Copied") said.textContent = "";
      }, 4000);
    } catch {
      field.hidden = false;
      field.focus();
      field.select();
      said.textContent = "Copy this:";
    }
  };
}
