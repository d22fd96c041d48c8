/** A press counts where it began: nothing is drawn again between its down and its up, so no node is gone in between. */

const LONGEST = 1_000;

/**
 * @param {() => void} render
 * @returns {() => void} the same, put off while a pointer or the space bar is down
 */
export function notWhilePressed(render) {
  let [down, waiting, timer] = [false, false, 0];
  const release = () => {
    clearTimeout(timer);
    down = false;
    if (waiting) render();
    waiting = false;
  };
  const press = () => {
    down = true;
    clearTimeout(timer);
    timer = setTimeout(release, LONGEST); // an up that never comes: it was let go outside of the window
  };
  const soon = () => down && setTimeout(release); // the click comes first
  const isPress = ({ key, target }) => key === " " && target instanceof Element && target.closest("button, summary, a");
  addEventListener("pointerdown", press, true);
  addEventListener("keydown", (event) => isPress(event) && press(), true);
  for (const up of ["pointerup", "pointercancel", "keyup", "blur"]) addEventListener(up, soon, true);
  return () => {
    if (down) waiting = true;
    else render();
  };
}
