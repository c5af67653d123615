using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// The diagonal of the Fisher matrix (Kirkpatrick et al. 2017, eq. 3) as a mean over the events since the last consolidation. With <c>observed</c> labels it is the square of the raw
/// proposal: for the credit rule the empirical Fisher matrix, for a local rule how much each synapse was used. With <c>expected</c> labels it is weight · (x[pre] · s[post])², s being what
/// the credit assigner makes of Σ_c ε_c √p_c (1[c] − p) with random signs, whose mean square is the expectation over the model's own answer.
/// Silent rows add exactly zero, so the sum is exact. Leaves Δ as it is.
/// </summary>
/// <remarks>Reserves: sum [pre count, post units] and the event count in Plastic, with a half-life also two factors; with <c>expected</c> labels s [post units] in Scratch.</remarks>
public sealed class FisherObserver : IImportanceObserver, ICreditPass, IRenewSynapses
{
    private readonly Projection _projection;
    private readonly ImportanceMean _mean;
    private readonly bool _isExpected;
    private readonly Slot _scattered;

    /// <summary>Reserves the sum.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="spec">Labels, interval and half-life; by default observed labels of all events alike.</param>
    /// <param name="clock">The model's clock; needed with an interval.</param>
    public FisherObserver(LayoutBuilder layout, string owner, Projection projection, ObserveFisherSpec? spec = null, StepClock? clock = null)
    {
        _projection = projection;
        _mean = new ImportanceMean(layout, owner, projection, "fisherSum", "fisherCount", spec ?? new ObserveFisherSpec(), clock);
        _isExpected = spec?.Labels == FisherLabels.Expected;
        _scattered = _isExpected ? layout.Vector(Region.Scratch, $"{owner}.scattered", projection.ColumnCount) : default;
    }

    /// <summary>Whether the labels are drawn and not those of the events.</summary>
    internal bool IsExpected => _isExpected;

    /// <summary>The sum of squares; shape of the weights.</summary>
    internal Slot Sum => _mean.Sum;

    /// <summary>Whether this event is looked at.</summary>
    internal bool IsDueNow(in StepContext step) => _mean.IsDue(step);

    /// <summary>What the squares of this event are multiplied with.</summary>
    internal float FactorOf(in StepContext step) => _mean.Factor(step) * (_isExpected ? step.Weight : 1f);

    /// <inheritdoc/>
    public CreditPassKind Kind => CreditPassKind.Curvature;

    /// <inheritdoc/>
    public bool IsDue(in StepContext step) => _isExpected && _mean.IsDue(step);

    /// <inheritdoc/>
    public void Take(in StepContext step) => step.View(_projection.Post.Credit).CopyTo(step.Write(_scattered));

    /// <inheritdoc/>
    public void BeginEvent(in StepContext step)
    {
        if (_mean.IsDue(step))
        {
            _mean.Begin(step);
        }
    }

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step) => range.Clear(_mean.Sum, step);

    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        if (!_mean.IsDue(step))
        {
            return;
        }

        var factor = Vector512.Create(FactorOf(step));
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var sum = ref MemoryMarshal.GetReference(tile.Write(_mean.Sum, k, step));
            ref var row = ref MemoryMarshal.GetReference(_isExpected ? tile.Columns(step.View(_scattered)) : delta.Slice(k * tile.Width, tile.Width));
            var activity = Vector512.Create(_isExpected ? tile.Pre[k] : 1f);
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var g = activity * Vector512.LoadUnsafe(ref row, j);
                ImportanceMean.Add(Vector512.LoadUnsafe(ref sum, j), g * g, factor).StoreUnsafe(ref sum, j);
            }
        }
    }

    /// <inheritdoc/>
    public float? Factor(in StepContext step) => _mean.IsDue(step) ? null : 1f;

    /// <inheritdoc/>
    public void FoldInto(Span<float> importance, float decay, in StepContext step) => _mean.FoldInto(importance, decay, step);
}
