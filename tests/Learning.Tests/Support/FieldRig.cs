using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Tests.Support;

/// <summary>Fields over a small vector, driven by hand.</summary>
internal sealed class FieldRig : IDisposable
{
    private readonly InputPopulation _pre;
    private readonly ReluPopulation _post;
    private readonly PatchCompetitionRule _rule;
    private readonly PlasticityChain _chain;
    private readonly List<float[]> _seen = [];

    public FieldRig(int inputs, FieldConnectionSpec spec, int fieldsPerEvent = 2)
    {
        (Inputs, Spec) = (inputs, spec);
        _pre = new InputPopulation(Bench.Layout, "input", inputs, hasBias: false, inputs, dense: true);
        _post = new ReluPopulation(Bench.Layout, "features", spec.FeatureCount, hasBias: false);
        Projection = new FieldProjection(Bench.Layout, "filters", _pre, _post, spec);
        _rule = new PatchCompetitionRule(Bench.Layout, Projection, new PatchCompetitionRuleSpec { Patches = fieldsPerEvent });
        _chain = new PlasticityChain(Bench.Layout, Projection, _rule, []);
        Bench.Build();
        Projection.Initialise(Bench.Learn());
    }

    public Workbench Bench { get; } = new();

    public int Inputs { get; }

    public FieldConnectionSpec Spec { get; }

    public FieldProjection Projection { get; }

    public int Formed => Projection.FormedCount(Bench.Learn());

    public double[,] Filters => Matrix("filters.weights", Spec.Inputs, 4 * Spec.Fields);

    /// <summary>Shows an event.</summary>
    /// <returns>The drive of the features.</returns>
    public float[] Show(float[] x, long sequence = 1)
    {
        var step = Bench.Learn(sequence: sequence);
        _pre.Begin(step, out var rows, out var values);
        var count = 0;
        for (var i = 0; i < x.Length; i++)
        {
            if (x[i] != 0f)
            {
                (rows[count], values[count++]) = (i, x[i]);
            }
        }

        _pre.End(step, count);
        _pre.Advance(step);
        step.Write(_post.Drive).Clear();
        Projection.Transmit(step);
        return step.View(_post.Drive)[.._post.Units].ToArray();
    }

    /// <summary>Shows an event and lets fields form.</summary>
    public void Learn(float[] x, long sequence = 1)
    {
        Show(x, sequence);
        Projection.Develop(Bench.Learn(sequence: sequence));
        _seen.Add(x);
    }

    public void Compete(long sequence)
    {
        var step = Bench.Learn(sequence: sequence);
        Assert.True(_chain.Prepare(step));
        _chain.Run(step);
    }

    public int[] InputsOf(int field) => Projection.InputsOf(field, Bench.Learn()).ToArray();

    /// <summary>A slot as a matrix without padding.</summary>
    public double[,] Matrix(string name, int rows, int columns)
    {
        var view = Bench.Learn().View(Bench.Layout.Build().Slots.Single(slot => slot.Name == name).Slot);
        var matrix = new double[rows, columns];
        for (var i = 0; i < matrix.Length; i++)
        {
            matrix[i / columns, i % columns] = view[(i / columns * LayoutBuilder.Padded(columns)) + (i % columns)];
        }

        return matrix;
    }

    /// <summary>What a field that formed after some events holds of an input, straight from the definition.</summary>
    public double[] Held(int field, float[] x, int events)
    {
        var held = InputsOf(field).Select(input =>
        {
            var deviations = Column(input, events);
            var square = deviations.Sum(d => d * d);
            return square == 0 ? 0 : 0.5 * deviations.Sum(Math.Abs) / square * (x[input] - _seen.Take(events).Average(one => (double)one[input]));
        }).ToArray();
        var mean = held.Average();
        var variance = held.Average(v => (v - mean) * (v - mean));
        return [.. held.Select(v => variance < 1e-6 ? 0 : (v - mean) / Math.Sqrt(variance + 0.1))];
    }

    /// <summary>Affinities to an input after some events, straight from the definition.</summary>
    public double[] Affinities(int centre, int events)
    {
        var z = new double[events, Inputs];
        for (var input = 0; input < Inputs; input++)
        {
            var deviations = Column(input, events);
            var spread = Math.Sqrt(deviations.Average(d => d * d));
            for (var n = 0; n < events; n++)
            {
                z[n, input] = spread == 0 ? 0 : deviations[n] / spread;
            }
        }

        var kernel = new double[events, events];
        for (var n = 0; n < events; n++)
        {
            for (var m = 0; m < events; m++)
            {
                kernel[n, m] = Enumerable.Range(0, Inputs).Sum(i => z[n, i] * z[m, i]) + (n == m ? 2d * events : 0);
            }
        }

        var whitened = Oracle.Multiply(Oracle.Inverse(kernel), z);
        double Shared(int i, int j) => Enumerable.Range(0, events).Sum(n => z[n, i] * whitened[n, j]);
        return [.. Enumerable.Range(0, Inputs).Select(j => Column(j, events).All(d => d == 0) ? -1 : Math.Abs(Shared(centre, j)) / (Math.Sqrt(Math.Max(0, Shared(j, j))) + 0.05))];
    }

    public void Dispose() => Bench.Dispose();

    private double[] Column(int input, int events)
    {
        var mean = _seen.Take(events).Average(one => (double)one[input]);
        return [.. _seen.Take(events).Select(one => one[input] - mean)];
    }
}
