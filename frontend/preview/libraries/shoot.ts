/** Makes a picture of what is on the screen. */
import { domToPng } from "modern-screenshot";

globalThis.__rt.shoot = () => {
  const root = document.documentElement;
  const isDark = getComputedStyle(root).colorScheme === "dark";
  return domToPng(root, {
    width: innerWidth,
    height: innerHeight,
    scale: devicePixelRatio,
    backgroundColor: isDark ? "#121212" : "#ffffff",
    timeout: 5_000,
    font: false,
  });
};
