import {
  accuracyOfTheRule,
  decayAgainstL2,
  examples,
  HELD_OUT,
  halves,
  type RegularizationResult,
  type RegularizationRun,
  type Regularizer,
  regularizerLabels,
  regularizers,
} from "../03-regularization.ts";
import { courseFixture } from "../lib/course-data.ts";
import type { Report } from "../lib/part.ts";
import { percent } from "../lib/terminal.ts";
import { accuracyChart } from "./accuracy-chart.ts";
import { boundaryChart } from "./boundary-chart.ts";
import { costChart, seriesColors } from "./cost-chart.ts";
import { type Html, html } from "./html.ts";
import { card, figure, note, section } from "./parts.ts";
import { planarJson } from "./planar-json.ts";

const reference = courseFixture("regularization_synthetic").runs;

function regularizationCard(result: RegularizationResult): Html {
  const others = regularizers.filter((name) => name !== "none").map((name) => result[name].testAccuracy);
  return card("regularization", "Regularization", percent(Math.max(...others), 1), [
    html`on the test set with the best of five regularizers, ${percent(Math.min(...others), 1)} with the worst;`,
    html`${percent(result.none.testAccuracy, 1)} without`,
  ]);
}

/** What was done, for the pictures. */
const texts: Readonly<Record<Regularizer, Html>> = {
  none: html`Bends around single points of the training set. What it learned there is noise.`,
  l2: html`Large weights cost something, so the boundary stays nearly straight: the shape of what made the data.`,
  l1: html`Every weight is pulled with the same force, however small, and most end at 0: a line needs only a few.`,
  dropout: html`Every step trains with one hidden neuron in seven left out, so that none can specialise in a point.`,
  weightDecay: html`The optimizer takes a share of each weight away. With plain gradient descent that is L2, seen from another side.`,
  earlyStopping: html`A fifth of the points is not learned from: when their cost has stopped falling, the best model so far is taken.`,
};

async function regularizationSection(result: RegularizationResult): Promise<Html> {
  const pictures = await Promise.all(
    regularizers.map(async (name) =>
      figure(
        await boundaryChart(result[name].map, halves.train, `Decision boundary, ${regularizerLabels[name]}`),
        html`<b>${regularizerLabels[name]} · ${percent(result[name].testAccuracy, 1)}</b> ${texts[name]}`,
      ),
    ),
  );
  const costs = await costChart(
    regularizers.map((name, i) => ({
      label: regularizerLabels[name],
      run: result[name],
      // The reference draws one dropout mask for all steps, so that its costs are of another training.
      ...((name === "none" || name === "l2") && { published: reference[name].costs }),
      color: seriesColors[i]!,
    })),
    0.4,
    "Cost by step for six regularizers",
  );
  const accuracies = await accuracyChart(
    regularizers.map((name) => ({ label: regularizerLabels[name].split(",")[0]!, ...result[name] })),
    0.84,
    "Accuracy on training set and test set",
  );
  const { none, l2, weightDecay, earlyStopping } = result;
  const { parameters: apart } = decayAgainstL2(result);
  return section(
    3,
    "regularization",
    "Regularization",
    html`A straight line divides these points, but the noise in the data put one in ten on the wrong side of it. A network
      with hidden layers of 20 and 3 neurons has enough parameters, 127, to learn some of those by heart. Regularization
      makes it look for the rule instead.`,
    html`
      <div class="triple">${pictures}</div>
      <p class="key"><span class="dot class-1"></span> class 1 <span class="dot class-0"></span> class 0: the 211 points of
        the training set. Accuracies are those on 200 other points.</p>
      ${table(result)}
      <div class="columns">
        ${figure(
          accuracies,
          html`<b>The gap is what was learned by heart.</b> Without regularization it is
            ${points(none.trainAccuracy - none.testAccuracy)} wide, with L2
            ${points(l2.trainAccuracy - l2.testAccuracy)}. The line that made the data gets
            ${percent(accuracyOfTheRule(halves.test), 1)} of the test set, and nothing can be expected to get more.`,
        )}
        ${figure(
          costs,
          html`<b>Cost over ${none.steps.toLocaleString("en")} steps</b>, the penalty included. Rings are
            a NumPy computation of the same training. The line of dropout is rough because every step draws another
            network.`,
        )}
        ${note(
          "The penalty has no gradient rule",
          html`λ/2m · Σ w² is an ordinary part of the cost, made of operations on the tape. Its gradient, λ/m · w, falls
            out of the sweep, and so does dropout’s: the mask that went forward is on the tape and is used again going
            back. The mask of step t comes from <code>foldIn(key, t)</code>, so that a run can be repeated to the last bit.`,
        )}
        ${note(
          "Weight decay is L2, and early stopping has a price",
          html`Weight decay by λ/m, biases left out by a group of the optimizer, comes to the parameters of L2 (they differ by
            ${apart === 0 ? "nothing" : apart.toExponential(0)}); only its cost is lower,
            ${weightDecay.finalCost.toFixed(4)} for ${l2.finalCost.toFixed(4)}, because the penalty is not in it. Adam would tell
            the two apart. Early stopping learned from ${examples - HELD_OUT} points and stopped after
            ${earlyStopping.steps.toLocaleString("en")} steps; <code>history</code> kept the best model.`,
        )}
      </div>
    `,
  );
}

const points = (share: number): string => `${(100 * share).toFixed(1)} points`;

function table(result: RegularizationResult): Html {
  const number = (text: string): Html => html`<td class="number">${text}</td>`;
  const head = ["final cost", "Σ w²", "|w| < 0.01", "train", "test", "gap", "gradient off by", "would see"];
  return html`<div class="scroll"><table>
    <thead><tr><th scope="col">regularizer</th>${head.map((text) => html`<th scope="col" class="number">${text}</th>`)}</tr></thead>
    <tbody>${regularizers.map((name, i) => {
      const { finalCost, sumOfSquares, nearZero, trainAccuracy, testAccuracy, check } = result[name];
      return html`<tr>
        <th scope="row"><i class="swatch" style="background: ${seriesColors[i]!}"></i>${regularizerLabels[name]}</th>
        ${number(finalCost.toFixed(4))}${number(sumOfSquares.toFixed(0))}${number(percent(nearZero, 0))}
        ${number(percent(trainAccuracy, 1))}<td class="number"><b>${percent(testAccuracy, 1)}</b></td>
        ${number(points(trainAccuracy - testAccuracy))}
        ${number(`${check.relativeError.toExponential(0)}, ${check.verdict}`)}${number(check.resolvingPower.toExponential(0))}
      </tr>`;
    })}</tbody>
    <tfoot><tr class="quiet"><th scope="row">the line behind the data</th>${["", "", ""].map(number)}
      ${[halves.train, halves.test].map((set) => number(percent(accuracyOfTheRule(set), 1)))}${["", "", ""].map(number)}</tr></tfoot>
  </table></div>
  <p class="key">Each gradient was checked at the first model: how far it is from difference quotients, relative to its norm, and the
    smallest error that would have been seen. Early stopping has its training accuracy on the ${examples - HELD_OUT} points that it learned from.</p>`;
}

const regularized = ({ sumOfSquares, nearZero, check, ...run }: RegularizationRun) => ({
  ...planarJson(run),
  steps: run.steps,
  sumOfSquares,
  nearZero,
  gradientCheck: {
    verdict: check.verdict,
    relativeError: check.relativeError,
    resolvingPower: check.resolvingPower,
  },
});

export const regularizationReport: Report<RegularizationResult> = {
  card: regularizationCard,
  section: regularizationSection,
  json: (result) => Object.fromEntries(regularizers.map((name) => [name, regularized(result[name])])),
};
