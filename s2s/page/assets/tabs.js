/** The tabs of the page, opened from elsewhere. */

/**
 * Opens a tab as soon as it can be pressed; what stands in it is on the page from then on.
 *
 * @param {string} name - as in Python: `tab_inside`
 */
export function openTab(name) {
  const press = () => {
    const tab = document.querySelector(`#${name}-button`);
    tab?.click();
    return Boolean(tab);
  };
  if (press()) return;
  const observer = new MutationObserver(() => press() && observer.disconnect());
  observer.observe(document.body, { childList: true, subtree: true });
}
