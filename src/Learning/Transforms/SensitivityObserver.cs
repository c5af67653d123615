using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// Memory-aware synapses (Aljundi et al. 2018, eq. 2–4): Ω ← γ Ω + mean over events of |∂‖y‖² / ∂w|, with y the drives of the last population.
/// The derivative is x[pre] · s[post], s being what the credit assigner makes of 2 y. Deviations: events are weighted, and taken while learning rather than in
/// a pass over the data afterwards; the decay γ is an addition, 1 by default. Leaves Δ as it is.
/// </summary>
/// <remarks>Reserves: the sum [pre count, post units] and the event count in Plastic, with a half-life also two factors; s [post units] in Scratch.</remarks>
public sealed class SensitivityObserver : IImportanceObserver, ICreditPass
{
    private readonly Projection _projection;
    private readonly ImportanceMean _mean;
    private readonly Slot _sensitivity;

    /// <summary>Reserves the sum.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="spec">Interval and half-life.</param>
    /// <param name="clock">The model's clock.</param>
    public SensitivityObserver(LayoutBuilder layout, string owner, Projection projection, ObserveSensitivitySpec spec, StepClock clock)
    {
        _projection = projection;
        _mean = new ImportanceMean(layout, owner, projection, "sensitivitySum", "count", spec, clock);
        _sensitivity = layout.Vector(Region.Scratch, $"{owner}.sensitivity", projection.ColumnCount);
    }

    /// <inheritdoc/>
    public CreditPassKind Kind => CreditPassKind.Sensitivity;

    /// <inheritdoc/>
    public bool IsDue(in StepContext step) => _mean.IsDue(step);

    /// <inheritdoc/>
    public void Take(in StepContext step) => step.View(_projection.Post.Credit).CopyTo(step.Write(_sensitivity));

    /// <inheritdoc/>
    public void BeginEvent(in StepContext step)
    {
        if (_mean.IsDue(step))
        {
            _mean.Begin(step);
        }
    }

    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        if (!_mean.IsDue(step))
        {
            return;
        }

        ref var sensitivity = ref MemoryMarshal.GetReference(tile.Columns(step.View(_sensitivity)));
        var factor = Vector512.Create(_mean.Factor(step));
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var sum = ref MemoryMarshal.GetReference(tile.Write(_mean.Sum, k, step));
            var activity = Vector512.Create(step.Weight * tile.Pre[k]);
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var size = Vector512.Abs(activity * Vector512.LoadUnsafe(ref sensitivity, j));
                ImportanceMean.Add(Vector512.LoadUnsafe(ref sum, j), size, factor).StoreUnsafe(ref sum, j);
            }
        }
    }

    /// <inheritdoc/>
    public float? Factor(in StepContext step) => _mean.IsDue(step) ? null : 1f;

    /// <inheritdoc/>
    public void FoldInto(Span<float> importance, float decay, in StepContext step) => _mean.FoldInto(importance, decay, step);
}
