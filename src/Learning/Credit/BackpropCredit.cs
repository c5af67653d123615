using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Credit;

/// <summary>δ_pre = f′(drive) · Σ over projections of W δ_post (Rumelhart, Hinton and Williams 1986, eq. 14), skipping units with slope 0.</summary>
public sealed class BackpropCredit : ICreditAssigner
{
    private readonly (Population Population, Projection[] Outgoing)[] _order;

    /// <summary>Plans the backward order.</summary>
    /// <param name="populations">Populations in forward order, the input first.</param>
    /// <param name="projections">All projections.</param>
    /// <param name="needed">Populations whose credit somebody reads.</param>
    /// <param name="read">Populations that the head reads and credits itself.</param>
    public BackpropCredit(IReadOnlyList<Population> populations, IReadOnlyList<Projection> projections, IReadOnlySet<Population> needed, IReadOnlySet<Population> read) =>
        _order = [.. populations.Reverse().Where(population => needed.Contains(population) && !read.Contains(population))
            .Select(population => (population, projections.Where(projection => projection.Pre == population && (needed.Contains(projection.Post) || read.Contains(projection.Post))).ToArray()))];

    /// <inheritdoc/>
    public void Assign(in StepContext step)
    {
        foreach (var (population, outgoing) in _order)
        {
            var credit = step.Write(population.Credit);
            var slope = step.View(population.Slope);
            var window = population.Window(step);
            credit.Clear();
            if (outgoing is [DenseProjection { Stride: LayoutBuilder.Line, Queue: null } narrow])
            {
                // Most often a readout: its rows are one line each.
                var width = Math.Min(population.Units, window.Start + window.Width) - window.Start;
                RowKernels.DotLines(
                    step.View(narrow.Weights)[(window.Start * LayoutBuilder.Line)..],
                    step.View(narrow.Post.Credit),
                    slope.Slice(window.Start, width),
                    credit.Slice(window.Start, width));
                continue;
            }

            for (var unit = window.Start; unit < Math.Min(population.Units, window.Start + window.Width); unit++)
            {
                var sum = 0f;
                if (slope[unit] != 0f)
                {
                    foreach (var projection in outgoing)
                    {
                        sum += Reduction.Dot(projection.Row(unit, step), step.View(projection.Post.Credit));
                    }
                }

                credit[unit] = slope[unit] * sum;
            }
        }
    }
}
