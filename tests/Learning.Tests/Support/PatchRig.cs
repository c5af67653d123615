using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Tests.Support;

/// <summary>Filters over the patches of a small image, driven by hand.</summary>
internal sealed class PatchRig : IDisposable
{
    private readonly InputPopulation _pre;
    private readonly IdentityPopulation _post;
    private readonly PatchCompetitionRule _rule;
    private readonly PlasticityChain _chain;

    public PatchRig(InputSpec input, PatchConnectionSpec spec, int patches = 3)
    {
        (Input, Spec) = (input, spec);
        var pixels = input.Height!.Value * input.Width!.Value * (input.Channels ?? 1);
        _pre = new InputPopulation(Bench.Layout, "image", pixels, hasBias: false, pixels, dense: true);
        _post = new IdentityPopulation(Bench.Layout, "features", spec.FeatureCount, hasBias: false);
        Projection = new PatchProjection(Bench.Layout, "filters", _pre, _post, input, spec);
        _rule = new PatchCompetitionRule(Bench.Layout, Projection, new PatchCompetitionRuleSpec { Patches = patches });
        _chain = new PlasticityChain(Bench.Layout, Projection, _rule, []);
        Bench.Build();
    }

    public Workbench Bench { get; } = new();

    public InputSpec Input { get; }

    public PatchConnectionSpec Spec { get; }

    public PatchProjection Projection { get; }

    /// <summary>Shows an image.</summary>
    /// <returns>The drive of the features.</returns>
    public float[] Show(float[] image, long sequence = 1)
    {
        var step = Bench.Learn(sequence: sequence);
        _pre.Begin(step, out var rows, out var values);
        for (var i = 0; i < image.Length; i++)
        {
            (rows[i], values[i]) = (i, image[i]);
        }

        _pre.End(step, image.Length);
        _pre.Advance(step);
        step.Write(_post.Drive).Clear();
        Projection.Transmit(step);
        return step.View(_post.Drive).ToArray();
    }

    public void Develop(long sequence = 1) => Projection.Develop(Bench.Learn(sequence: sequence));

    public void Compete(long sequence)
    {
        var step = Bench.Learn(sequence: sequence);
        Assert.True(_chain.Prepare(step));
        _chain.Run(step);
    }

    public double[,] Filters()
    {
        var step = Bench.Learn();
        var view = step.View(Projection.Weights);
        var filters = new double[Projection.RowCount, Projection.ColumnCount];
        for (var i = 0; i < filters.Length; i++)
        {
            filters[i / Projection.ColumnCount, i % Projection.ColumnCount] = view[(i / Projection.ColumnCount * Projection.Stride) + (i % Projection.ColumnCount)];
        }

        return filters;
    }

    public double[,] Precision()
    {
        var step = Bench.Learn();
        var view = step.View(Projection.Precision);
        var n = Projection.RowCount;
        var precision = new double[n, n];
        for (var i = 0; i < precision.Length; i++)
        {
            precision[i / n, i % n] = view[(i / n * LayoutBuilder.Padded(n)) + (i % n)];
        }

        return precision;
    }

    /// <summary>Normalised patches of an image with their grid cell, straight from the definition.</summary>
    public IEnumerable<(double[] Patch, int Cell)> Patches(float[] image, int grid = 0)
    {
        grid = grid == 0 ? Spec.Grid : grid;
        var (width, channels) = (Input.Width!.Value, Input.Channels ?? 1);
        var (down, across) = (1 + ((Input.Height!.Value - Spec.Side) / Spec.Stride), 1 + ((width - Spec.Side) / Spec.Stride));
        for (var y = 0; y < down; y++)
        {
            for (var x = 0; x < across; x++)
            {
                var patch = new List<double>();
                for (var dy = 0; dy < Spec.Side; dy++)
                {
                    for (var cell = x * Spec.Stride * channels; cell < ((x * Spec.Stride) + Spec.Side) * channels; cell++)
                    {
                        patch.Add(image[((((y * Spec.Stride) + dy) * width * channels) + cell)]);
                    }
                }

                var mean = patch.Average();
                var scale = 1 / Math.Sqrt(patch.Average(v => (v - mean) * (v - mean)) + 0.1);
                yield return ([.. patch.Select(v => (v - mean) * scale)], (y * grid / down * grid) + (x * grid / across));
            }
        }
    }

    public void Dispose() => Bench.Dispose();
}
