// Paints the cells of an attention map: drag with a mouse or finger, or arrows and space.
let brush = null;
const cellAt = (target) => target && target.closest && target.closest('[data-cell]');
const paint = (cell) => {
  const at = Number(cell.dataset.cell);
  if (props.value[at] === brush) return;
  const next = [...props.value];
  next[at] = brush;
  props.value = next;
};
const end = () => {
  if (brush === null) return;
  brush = null;
  trigger('painted');
};
element.addEventListener('pointerdown', (event) => {
  const cell = cellAt(event.target);
  if (!cell) return;
  event.preventDefault();
  cell.focus();
  brush = props.value[Number(cell.dataset.cell)] ? 0 : 1;
  paint(cell);
});
element.addEventListener('pointermove', (event) => {
  if (brush === null) return;
  const cell = cellAt(document.elementFromPoint(event.clientX, event.clientY));
  if (cell && element.contains(cell)) paint(cell);
});
window.addEventListener('pointerup', end);
window.addEventListener('pointercancel', end);
element.addEventListener('keydown', (event) => {
  const cell = cellAt(event.target);
  if (!cell) return;
  const columns = Number(props.columns);
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (event.key in steps) {
    const next = element.querySelector('[data-cell="' + (Number(cell.dataset.cell) + steps[event.key]) + '"]');
    if (next) next.focus();
  } else if (event.key === ' ' || event.key === 'Enter') {
    brush = props.value[Number(cell.dataset.cell)] ? 0 : 1;
    paint(cell);
    end();
  } else {
    return;
  }
  event.preventDefault();
});
