using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// A rule and its transforms over one projection, tile by tile: the proposal of a tile stays in the first-level cache, weights are read and written once
/// however long the chain is.
/// </summary>
/// <remarks>Reserves: the proposal of one tile and the event's sum of squares in Scratch.</remarks>
public sealed class PlasticityChain
{
    /// <summary>Rules refuse events whose proposals would be beyond this: the squares that transforms keep must stay finite in float32.</summary>
    public const float LargestProposal = 1e15f;

    private const int TileFloats = 2048;
    private readonly IPlasticityRule _rule;
    private readonly CreditRule? _credit;
    private readonly IOuterRule? _outer;
    private readonly AdaGrad? _adaGrad;
    private readonly Adam? _adam;
    private readonly ElasticCreditStep? _elastic;
    private readonly UpdateQueue? _queue;
    private readonly BatchCreditRule? _batch;
    private readonly Foresight? _foresight;
    private readonly IUpdateTransform[] _transforms;
    private readonly IUpdateTransform[] _factors;
    private readonly IImportanceObserver? _observer;
    private readonly ElasticAnchor? _anchor;
    private readonly int[] _allRows;
    private readonly bool _rowsAreUnits;
    private readonly float[] _noActivity;
    private readonly float _synapses;
    private readonly bool _isStep;
    private readonly bool _isPlain;
    private readonly Slot _delta;
    private readonly Slot _sums;

    /// <summary>Reserves the tile.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">The projection whose weights change.</param>
    /// <param name="rule">What synapses propose.</param>
    /// <param name="transforms">How proposals are bent, in order.</param>
    public PlasticityChain(LayoutBuilder layout, Projection projection, IPlasticityRule rule, IUpdateTransform[] transforms)
    {
        Projection = projection;
        _rule = rule;
        _credit = rule as CreditRule;
        _elastic = ElasticCreditStep.For(projection, rule, transforms);

        _batch = rule as BatchCreditRule;
        _queue = (projection as DenseProjection)?.Queue;
        _foresight = (projection as DenseProjection)?.Foresight;

        // One pass is over whole rows: a gate leaves a window of them.
        _outer = projection.Post.Gate is null ? rule as IOuterRule : null;
        _transforms = transforms;
        _adaGrad = _outer is not null && transforms is [AdaGrad adaGrad, ..] ? adaGrad : null;
        _adam = _outer is not null && transforms is [Adam adam, ..] ? adam : null;
        _factors = _adaGrad is null && _adam is null ? transforms : transforms[1..];
        _isPlain = _credit is not null && _outer is not null && _adaGrad is null && _adam is null;
        _observer = transforms.OfType<IImportanceObserver>().SingleOrDefault();
        _anchor = transforms.OfType<ElasticAnchor>().SingleOrDefault();
        _rowsAreUnits = projection is DenseProjection or BinaryProjection or PrototypeProjection or ClusterProjection;
        _synapses = (float)projection.RowCount * projection.ColumnCount;
        _noActivity = _rowsAreUnits ? [] : new float[projection.RowCount];
        _allRows = rule.ChangesSilentRows ? [.. Enumerable.Range(0, projection.RowCount)] : [];
        _isStep = _credit is not null && _outer is not null && _observer is null && _anchor is null && _queue is null && _foresight is null;
        _delta = layout.Vector(Region.Scratch, $"{projection.Name}.delta", TileLength(projection));
        _sums = layout.Vector(Region.Scratch, $"{projection.Name}.sums", 1);
    }

    /// <summary>The projection whose weights change.</summary>
    public Projection Projection { get; }

    /// <summary>Whether the rule is a plain step along the credit.</summary>
    internal bool IsByCredit => _credit is not null;

    /// <summary>The extra pass that the chain asks for, if any.</summary>
    public ICreditPass? CreditPass => _observer as ICreditPass;

    /// <summary>What consolidates, in order of the chain.</summary>
    public IEnumerable<IConsolidate> Consolidating => _transforms.OfType<IConsolidate>();

    /// <summary>Floats of the longest tile of a projection.</summary>
    /// <param name="projection">The projection.</param>
    /// <returns>The length.</returns>
    public static int TileLength(Projection projection) => Math.Max(TileFloats, projection.Stride);

    /// <summary>Fills the first values of learned slots.</summary>
    /// <param name="step">A learning step.</param>
    public void Initialise(in StepContext step)
    {
        (_rule as IInitialise)?.Initialise(step);
        foreach (var transform in _transforms)
        {
            (transform as IInitialise)?.Initialise(step);
        }
    }

    /// <summary>Puts what the chain keeps of some synapses back to the beginning; a rule keeps nothing of them but what waits (the validator sees to that).</summary>
    /// <param name="range">The synapses, whose weights are new.</param>
    /// <param name="step">A learning step.</param>
    public void Renew(in SynapseRange range, in StepContext step)
    {
        (_rule as IRenewSynapses)?.Renew(range, step);
        _queue?.Renew(range, step);
        _foresight?.Forget(step);
        foreach (var transform in _transforms)
        {
            (transform as IRenewSynapses)?.Renew(range, step);
        }
    }

    /// <summary>Whether the chain runs on this event.</summary>
    /// <param name="isScored">Whether there is a target.</param>
    /// <returns>True where it runs.</returns>
    public bool RunsOn(bool isScored) => isScored || !_rule.NeedsTarget;

    /// <summary>Prepares the rule; writes only scratch.</summary>
    /// <param name="step">The step.</param>
    /// <returns>False where the proposal would not be finite.</returns>
    public bool Prepare(in StepContext step) => _rule.Prepare(step);

    /// <summary>Runs the chain and changes the weights.</summary>
    /// <param name="step">The step.</param>
    public void Run(in StepContext step)
    {
        if (_isStep && TryStep(step))
        {
            return;
        }

        _rule.Begin(step);
        _observer?.BeginEvent(step);
        _anchor?.BeginEvent(step);
        if (_queue is not null)
        {
            Enqueue(step);
            return;
        }

        var rows = _rule.ChangesSilentRows ? _allRows : Projection.Pre.Active(step);
        var pre = !_rule.ChangesSilentRows ? Projection.Pre.Values(step) : _rowsAreUnits ? step.View(Projection.Pre.Activity)[..rows.Length] : _noActivity;
        if (_rule.ChangesSilentRows)
        {
            // Silent rows were not transmitted, so what is pending on them (after events on which the chain did not run) comes first.
            Projection.LazyPull?.CatchUp(rows, step);
        }

        var sum = 0f;
        var factor = Factor(step);
        var windows = _rule.WindowCount(step);
        if (windows > 0)
        {
            _foresight?.Forget(step);
        }

        if (_batch is not null && factor is { } whole)
        {
            step.Write(_sums)[0] = MathF.Min(_batch.Change(whole, step), float.MaxValue);
            return;
        }

        if (_isPlain && factor is { } plain)
        {
            step.Write(_sums)[0] = MathF.Min(_credit!.Change(rows, pre, plain, step), float.MaxValue);
            return;
        }

        var isElastic = _elastic?.IsDue(step) == true;
        for (var index = 0; index < windows; index++)
        {
            var window = _rule.WindowAt(index, Projection, step);
            var rowsPerTile = Math.Max(1, TileFloats / window.Width);
            for (var start = 0; start < rows.Length; start += rowsPerTile)
            {
                var count = Math.Min(rowsPerTile, rows.Length - start);
                var tile = new SynapseTile(Projection, rows.Slice(start, count), pre.Slice(start, count), window);
                sum += isElastic ? _elastic!.Run(tile, step) : _outer is not null ? RunOuter(tile, factor, step) : Run(tile, step);
            }
        }

        step.Write(_sums)[0] = MathF.Min(sum, float.MaxValue);
    }

    /// <summary>A step along the credit from few active units: one tile, and nothing to begin or to observe.</summary>
    private bool TryStep(in StepContext step)
    {
        var rows = Projection.Pre.Active(step);
        if (rows.Length * Projection.Stride > TileFloats)
        {
            return false;
        }

        var tile = new SynapseTile(Projection, rows, Projection.Pre.Values(step), new ColumnWindow(0, Projection.Stride));
        step.Write(_sums)[0] = MathF.Min(RunOuter(tile, Factor(step), step), float.MaxValue);
        return true;
    }

    /// <summary>Root mean square weight change of the event over all weights of the projection.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The change.</returns>
    public float Change(in StepContext step) => MathF.Sqrt(step.View(_sums)[0] / _synapses);

    /// <summary>Share of the proposed change that was held back to keep what was learned: by the rule itself, or by the anchor's pull.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The share, in [0, 1].</returns>
    public float HeldBack(in StepContext step)
    {
        if (_anchor is null)
        {
            return _rule.HeldBack(step);
        }

        var pull = MathF.Sqrt(_anchor.PullSquare(step));
        var change = MathF.Sqrt(step.View(_sums)[0]);
        return pull > 0f ? pull / (pull + change) : 0f;
    }

    /// <summary>
    /// What the transforms of an outer product, or of a batch of them, come to in this event, an adaptive rate that comes first left out, or null where one pass would not round as the chain does.
    /// </summary>
    private float? Factor(in StepContext step)
    {
        if (_outer is null && _batch is null)
        {
            return null;
        }

        var product = 1f;
        foreach (var transform in _factors)
        {
            switch (transform.Factor(step))
            {
                case null:
                case { } factor when factor != 1f && product != 1f:
                    return null;
                case { } factor:
                    product *= factor;
                    break;
            }
        }

        return product;
    }

    /// <summary>The change waits; the transforms before a queue are factors (the validator sees to that).</summary>
    private void Enqueue(in StepContext step)
    {
        var factor = step.Weight;
        foreach (var transform in _transforms)
        {
            factor *= transform.Factor(step)!.Value;
        }

        if (_queue!.Take(factor, step, out var square))
        {
            _foresight?.Forget(step);
        }

        step.Write(_sums)[0] = MathF.Min(square, float.MaxValue);
    }

    /// <summary>In one pass where the transforms are simple, bit for bit as <see cref="Run(in SynapseTile, in StepContext)"/>.</summary>
    private float RunOuter(in SynapseTile tile, float? factor, in StepContext step) =>
        factor is not { } common ? Run(tile, step)
        : _isPlain ? _credit!.Change(tile.Rows, tile.Pre, common, step)
        : RunBent(tile, common, step);

    private float RunBent(in SynapseTile tile, float factor, in StepContext step)
    {
        var credit = step.View(Projection.Post.Credit)[..Projection.Stride];
        var values = _outer!.RowValues(tile, step);
        var first = _outer.RowFactor(step);
        if (_adaGrad is not null)
        {
            return _adaGrad.Change(Projection, credit, tile.Rows, values, first, factor, step);
        }

        var weights = step.Write(Projection.Weights);
        return _adam is null
            ? OuterStep.Run(credit, tile.Rows, values, first, new OuterStep.Scaling(factor), weights)
            : OuterStep.Run(credit, tile.Rows, values, first, _adam.Bend(Projection.Stride, factor, step), weights);
    }

    private float Run(in SynapseTile tile, in StepContext step)
    {
        var delta = step.Write(_delta)[..(tile.Rows.Length * tile.Width)];
        _rule.Propose(tile, step, delta);
        foreach (var transform in _transforms)
        {
            transform.Transform(tile, step, delta);
        }

        _observer?.EndTile(tile, step, delta);
        var square = RowKernels.AddRows(delta, tile.Rows, tile.Window.Start, tile.Width, step.Write(Projection.Weights), Projection.Stride);
        if (!float.IsFinite(square) && !Reduction.IsBounded(delta, float.MaxValue))
        {
            Throw.Chain_ProposalNotFinite(Projection.Name, step.Sequence);
        }

        return square;
    }
}
