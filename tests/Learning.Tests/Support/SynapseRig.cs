using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Support;

/// <summary>One projection with one chain between an input and an identity population, driven by hand, so that a rule or a transform is tested alone.</summary>
internal sealed class SynapseRig : IDisposable
{
    private readonly InputPopulation _pre;
    private readonly IdentityPopulation _post;
    private readonly PlasticityChain _chain;
    private readonly Slot _levels;

    public SynapseRig(int inputs, int outputs, Func<SynapseRig, IPlasticityRule> rule, Func<SynapseRig, IUpdateTransform[]>? transforms = null, bool bias = false, int? pending = null, int? batch = null)
    {
        (Inputs, Outputs) = (inputs, outputs);
        Clock = new StepClock(Bench.Layout);
        _levels = Bench.Layout.Vector(Region.Plastic, "levels", 2);
        _pre = new InputPopulation(Bench.Layout, "pre", inputs, bias, inputs, dense: true);
        _post = new IdentityPopulation(Bench.Layout, "post", outputs, hasBias: false);
        Projection = new DenseProjection(Bench.Layout, "synapses", _pre, _post, pending: pending, batch: batch);
        var built = rule(this);
        _chain = new PlasticityChain(Bench.Layout, Projection, built, transforms?.Invoke(this) ?? []);
        Bench.Build();
        _chain.Initialise(Bench.Learn());
    }

    public Workbench Bench { get; } = new();

    public StepClock Clock { get; }

    public DenseProjection Projection { get; }

    public int Inputs { get; }

    public int Outputs { get; }


    public ModulatorLevel Level => new(_levels, 0);

    public float HeldBack => _chain.HeldBack(Bench.Learn());

    public float Change => _chain.Change(Bench.Learn());

    /// <summary>Fills the first values of the chain's slots once more, for weights set by hand.</summary>
    public void Initialise() => _chain.Initialise(Bench.Learn());

    public void Consolidate()
    {
        foreach (var part in _chain.Consolidating)
        {
            part.Consolidate(Bench.Learn());
        }
    }

    public void SetLevel(float level)
    {
        var step = Bench.Learn();
        step.Write(_levels)[0] = level;
    }

    public void SetWeights(Func<int, int, double> value)
    {
        var step = Bench.Learn();
        var weights = step.Write(Projection.Weights);
        for (var i = 0; i < Projection.RowCount; i++)
        {
            for (var j = 0; j < Outputs; j++)
            {
                weights[(i * Projection.Stride) + j] = (float)value(i, j);
            }
        }
    }

    public double[,] Weights() => Matrix(Projection.Weights, Projection.RowCount, Outputs);

    public double[,] Matrix(Slot slot, int rows, int columns)
    {
        var step = Bench.Learn();
        var view = step.View(slot);
        var stride = LayoutBuilder.Padded(columns);
        var result = new double[rows, columns];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                result[i, j] = view[(i * stride) + j];
            }
        }

        return result;
    }

    /// <summary>Forward only, as a learning step does it; the drive of every output.</summary>
    public double[] Forward(ReadOnlySpan<float> x) => Forward(x, Bench.Learn());

    /// <summary>Forward as a predict does it.</summary>
    public double[] Predict(ReadOnlySpan<float> x) => Forward(x, Bench.Predict());

    /// <summary>One whole step: forward, the credit given, the chain, the clock. Null credit leaves the credit at zero.</summary>
    public void Step(ReadOnlySpan<float> x, ReadOnlySpan<float> credit = default, float weight = 1f)
    {
        var step = Bench.Learn(weight);
        Forward(x, step);
        var target = step.Write(_post.Credit);
        target.Clear();
        credit.CopyTo(target);
        Assert.True(_chain.Prepare(step));
        _chain.Run(step);
        Clock.Advance(step);
    }

    /// <summary>An event on which the chain does not run: forward and the clock.</summary>
    public void Observe(ReadOnlySpan<float> x)
    {
        Forward(x, Bench.Learn());
        Clock.Advance(Bench.Learn());
    }

    public bool Accepts(ReadOnlySpan<float> x, ReadOnlySpan<float> credit)
    {
        var step = Bench.Learn();
        Forward(x, step);
        credit.CopyTo(step.Write(_post.Credit));
        return _chain.Prepare(step);
    }

    public void Dispose() => Bench.Dispose();

    private double[] Forward(ReadOnlySpan<float> x, StepContext step)
    {
        _pre.Begin(step, out var rows, out var values);
        var count = 0;
        for (var i = 0; i < x.Length; i++)
        {
            if (x[i] != 0f)
            {
                rows[count] = i;
                values[count++] = x[i];
            }
        }

        _pre.End(step, count);
        _pre.Advance(step);
        step.Write(_post.Drive).Clear();
        Projection.Transmit(step);
        _post.Advance(step);
        return [.. step.View(_post.Drive)[..Outputs].ToArray().Select(drive => (double)drive)];
    }
}
