import {
  nextState,
  type OrderAction,
  type OrderState,
  orderStates,
  transitions,
} from '../../domain/transitions.js';
import { type Page, Scroll } from './page.js';

const WIDTH = 148;
const HEIGHT = 38;
const GAP_X = 100;
const GAP_Y = 60;
const MARGIN = 4;
const TOP = 46;

interface Arrow {
  readonly from: OrderState;
  readonly to: OrderState;
  readonly action: OrderAction;
}

const arrows: readonly Arrow[] = orderStates.flatMap((from) =>
  (Object.keys(transitions[from]) as OrderAction[]).flatMap((action) => {
    const to = nextState(from, action);
    return to ? [{ from, to, action }] : [];
  }),
);

/** How many arrows lead to a state at most: its column. An arrow from a state to itself leads nowhere. */
function columnOf(state: OrderState): number {
  const from = arrows.filter((arrow) => arrow.to === state && arrow.from !== state);
  return from.length === 0 ? 0 : 1 + Math.max(...from.map((arrow) => columnOf(arrow.from)));
}

/** Where each state stands: its column by the way that leads to it, its row by its turn in the table. */
const places = new Map<OrderState, { readonly x: number; readonly y: number }>();
for (const state of orderStates) {
  const column = columnOf(state);
  const row = orderStates
    .slice(0, orderStates.indexOf(state))
    .filter((one) => columnOf(one) === column).length;
  places.set(state, { x: MARGIN + column * (WIDTH + GAP_X), y: TOP + row * (HEIGHT + GAP_Y) });
}

const placeOf = (state: OrderState) => places.get(state) ?? { x: 0, y: 0 };

const width = Math.max(...[...places.values()].map(({ x }) => x)) + WIDTH + MARGIN;
const height = Math.max(...[...places.values()].map(({ y }) => y)) + HEIGHT + MARGIN;

interface Drawn {
  readonly path: string;
  readonly label: { readonly x: number; readonly y: number };
}

function draw({ from, to }: Arrow): Drawn {
  const a = placeOf(from);
  const b = placeOf(to);
  const middle = a.y + HEIGHT / 2;
  if (from === to) {
    const x = a.x + WIDTH / 2;
    const y = a.y + HEIGHT;
    return { path: `M${x + 28} ${y} c 0 34 -56 34 -56 4`, label: { x, y: y + 40 } };
  }
  const columns = Math.round((b.x - a.x) / (WIDTH + GAP_X));
  if (columns > 1) {
    const start = a.x + WIDTH / 2;
    const end = b.x + WIDTH / 2;
    return {
      path: `M${start} ${a.y} C ${start + 30} ${a.y - 40}, ${end - 30} ${b.y - 40}, ${end} ${b.y - 4}`,
      label: { x: (start + end) / 2, y: a.y - 34 },
    };
  }
  const end = { x: b.x - 4, y: b.y + HEIGHT / 2 };
  if (a.y === b.y) {
    return {
      path: `M${a.x + WIDTH} ${middle} H ${end.x}`,
      label: { x: (a.x + WIDTH + end.x) / 2, y: middle - 8 },
    };
  }
  const bottom = a.x + WIDTH / 2;
  return {
    path: `M${bottom} ${a.y + HEIGHT} C ${bottom} ${end.y}, ${bottom + 40} ${end.y}, ${end.x} ${end.y}`,
    label: { x: bottom + 84, y: end.y - 8 },
  };
}

/** The chart of states, drawn from the table that the sandbox decides with; the present state is marked. */
export function StateChart({ state, page: { t } }: { readonly state: OrderState; readonly page: Page }) {
  return (
    <Scroll label={t.states}>
      <svg class="chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${t.chartOf} ${state}`}>
        <defs>
          {['', 'next'].map((kind) => (
            <marker
              id={`tip${kind}`}
              class={`tip ${kind}`}
              viewBox="0 0 8 8"
              refX="6"
              refY="4"
              markerUnits="userSpaceOnUse"
              markerWidth="10"
              markerHeight="10"
              orient="auto-start-reverse"
            >
              <path d="M0 0 8 4 0 8z" />
            </marker>
          ))}
        </defs>
        {arrows.map((arrow) => {
          const { path, label } = draw(arrow);
          const isNext = arrow.from === state;
          return (
            <g class={isNext ? 'arrow next' : 'arrow'}>
              <path d={path} marker-end={`url(#tip${isNext ? 'next' : ''})`} />
              <text x={label.x} y={label.y}>
                {t[arrow.action]}
              </text>
            </g>
          );
        })}
        {orderStates.map((one) => {
          const { x, y } = placeOf(one);
          return (
            <g class={one === state ? 'node present' : 'node'}>
              <rect x={x} y={y} width={WIDTH} height={HEIGHT} rx="8" />
              <text x={x + WIDTH / 2} y={y + HEIGHT / 2 + 4.5}>
                {one}
              </text>
            </g>
          );
        })}
      </svg>
    </Scroll>
  );
}
