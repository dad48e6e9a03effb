import {
  accuracyOfTheRule,
  halves,
  type RegularizationResult,
  type RegularizationRun,
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

function regularizationCard({ none, l2, dropout }: RegularizationResult): Html {
  const best = Math.max(l2.testAccuracy, dropout.testAccuracy);
  return card("regularization", "Regularization", percent(best, 1), [
    html`on the test set with L2 or dropout (${percent(l2.testAccuracy, 1)}, ${percent(dropout.testAccuracy, 1)});`,
    html`${percent(none.testAccuracy, 1)} without`,
  ]);
}

async function regularizationSection(result: RegularizationResult): Promise<Html> {
  const texts = {
    none: html`Bends around single points of the training set. What it learned there is noise.`,
    l2: html`Large weights cost something, so the boundary stays nearly straight: the shape of what made the data.`,
    dropout: html`Every step trains with one hidden neuron in seven left out, so that none can specialise in a point.`,
  };
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
      ...(name !== "dropout" && { published: reference[name].costs }),
      color: seriesColors[i]!,
    })),
    0.4,
    "Cost by step for three regularizers",
  );
  const accuracies = await accuracyChart(
    regularizers.map((name) => ({ label: regularizerLabels[name].split(",")[0]!, ...result[name] })),
    0.8,
    "Accuracy on training set and test set",
  );
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
            ${points(result.none.trainAccuracy - result.none.testAccuracy)} wide, with L2
            ${points(result.l2.trainAccuracy - result.l2.testAccuracy)}. The line that made the data gets
            ${percent(accuracyOfTheRule(halves.test), 1)} of the test set, and nothing can be expected to get more.`,
        )}
        ${figure(
          costs,
          html`<b>Cost over ${result.none.steps.toLocaleString("en")} steps</b>, the penalty included. Rings are
            a NumPy computation of the same training. The line of dropout is rough because every step draws another
            network.`,
        )}
      </div>
      ${note(
        "The penalty has no gradient rule",
        html`λ/2m · Σ w² is an ordinary part of the cost, made of operations on the tape. Its gradient, λ/m · w, falls
            out of the sweep, and so does dropout’s: the mask that went forward is on the tape and is used again going
            back. The mask of step t comes from <code>foldIn(key, t)</code>, so that a run can be repeated to the last bit.`,
      )}
    `,
  );
}

const points = (share: number): string => `${(100 * share).toFixed(1)} points`;

function table(result: RegularizationResult): Html {
  return html`<div class="scroll"><table>
    <thead><tr><th scope="col">regularizer</th><th scope="col" class="number">final cost</th><th scope="col" class="number">Σ w²</th><th scope="col" class="number">train</th><th scope="col" class="number">test</th></tr></thead>
    <tbody>${regularizers.map((name, i) => {
      const { finalCost, sumOfSquares, trainAccuracy, testAccuracy } = result[name];
      return html`<tr>
        <th scope="row"><i class="swatch" style="background: ${seriesColors[i]!}"></i>${regularizerLabels[name]}</th>
        <td class="number">${finalCost.toFixed(4)}</td><td class="number">${sumOfSquares.toFixed(0)}</td>
        <td class="number">${percent(trainAccuracy, 1)}</td><td class="number"><b>${percent(testAccuracy, 1)}</b></td>
      </tr>`;
    })}</tbody>
    <tfoot><tr class="quiet"><th scope="row">the line behind the data</th><td></td><td></td>
      <td class="number">${percent(accuracyOfTheRule(halves.train), 1)}</td>
      <td class="number">${percent(accuracyOfTheRule(halves.test), 1)}</td></tr></tfoot>
  </table></div>`;
}

const regularized = (run: RegularizationRun) => ({ ...planarJson(run), sumOfSquares: run.sumOfSquares });

export const regularizationReport: Report<RegularizationResult> = {
  card: regularizationCard,
  section: regularizationSection,
  json: ({ none, l2, dropout }) => ({
    none: regularized(none),
    l2: regularized(l2),
    dropout: regularized(dropout),
  }),
};
