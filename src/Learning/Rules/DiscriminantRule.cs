using System.Runtime.InteropServices;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// Streaming linear discriminant analysis (Hayes and Kanan 2020): w_c = Λ μ_c, b_c = −½ μ_cᵀ w_c, Λ = N (S + ρ I)⁻¹, with μ_c the running mean of class c,
/// S the running scatter of all examples about the mean of their class, N the examples. For an example x of class y with weight m, d = x − μ_y, n = examples of y:
/// S ← S + a d dᵀ with a = m n / (n + m), μ_y ← μ_y + m d / (n + m). The drive is then a log-probability up to a constant, which a softmax head turns into one.
/// P = (S + ρ I)⁻¹ is kept by rank-one steps (Sherman and Morrison 1950), k = P d, P ← P − c k kᵀ, c = a / (1 + a dᵀk); the same step moves the weights of every class,
/// and those of the event's own class are computed afresh. Deviation: shrinkage is a fixed prior scatter ρ, not a fixed share, so that every step is exact and the order of
/// events does not matter.
/// </summary>
/// <remarks>Reserves: P [strips of <see cref="SymmetricTiles"/>], means [classes, pre], counts of N and of each class (float64) in Plastic; d, k, the scaled k negated, the class's new mean and weights [pre], kᵀμ [classes], scalars in Scratch.</remarks>
public sealed class DiscriminantRule : IPlasticityRule, IInitialise
{
    private const float Bound = 1e9f;
    private const int Shrink = 0;
    private const int Grown = 1;
    private const int Total = 2;
    private const int Share = 3;
    private const int Offset = 4;
    private readonly Projection _projection;
    private readonly TeachingSignal _teaching;
    private readonly float _shrinkage;
    private readonly int _units;
    private readonly int _stride;
    private readonly Slot _inverse;
    private readonly Slot _means;
    private readonly Slot _counts;
    private readonly Slot _difference;
    private readonly Slot _gain;
    private readonly Slot _negated;
    private readonly Slot _mean;
    private readonly Slot _column;
    private readonly Slot _overlap;
    private readonly Slot _scalars;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">The projection to the last population; its presynaptic population has a bias.</param>
    /// <param name="teaching">The label.</param>
    /// <param name="spec">ρ.</param>
    public DiscriminantRule(LayoutBuilder layout, Projection projection, TeachingSignal teaching, DiscriminantRuleSpec spec)
    {
        _projection = projection;
        _teaching = teaching;
        _shrinkage = spec.Shrinkage;
        _units = projection.Pre.Units;
        _stride = LayoutBuilder.Padded(_units);
        var classes = projection.Post.Units;
        _inverse = layout.Vector(Region.Plastic, $"{projection.Name}.inverseScatter", SymmetricTiles.LengthOf(_units));
        _means = layout.Matrix(Region.Plastic, $"{projection.Name}.means", classes, _units);
        _counts = layout.Vector(Region.Plastic, $"{projection.Name}.counts", 2 * (1 + classes));
        _difference = layout.Vector(Region.Scratch, $"{projection.Name}.difference", _units);
        _gain = layout.Vector(Region.Scratch, $"{projection.Name}.gain", _units);
        _negated = layout.Vector(Region.Scratch, $"{projection.Name}.negated", _units);
        _mean = layout.Vector(Region.Scratch, $"{projection.Name}.mean", _units);
        _column = layout.Vector(Region.Scratch, $"{projection.Name}.column", _units);
        _overlap = layout.Vector(Region.Scratch, $"{projection.Name}.overlap", classes);
        _scalars = layout.Vector(Region.Scratch, $"{projection.Name}.scalars", 5);
    }

    /// <inheritdoc/>
    public bool NeedsTarget => true;

    /// <inheritdoc/>
    public bool ChangesSilentRows => true;

    /// <summary>Fills P with identity / ρ.</summary>
    /// <param name="step">A learning step.</param>
    public void Initialise(in StepContext step)
    {
        var inverse = step.Write(_inverse);
        for (var row = 0; row < _units; row++)
        {
            inverse[SymmetricTiles.OffsetOf(row, row)] = 1f / _shrinkage;
        }
    }

    /// <inheritdoc/>
    public float HeldBack(in StepContext step)
    {
        // All but its share of the class: the rest is held by what the class was before.
        var share = step.View(_scalars)[Share];
        return 1f - share;
    }

    /// <inheritdoc/>
    public bool Prepare(in StepContext step)
    {
        var label = _teaching.Label(step);
        var scalars = step.Write(_scalars);
        var (total, own) = (Count(0, step), Count(1 + label, step));
        scalars[Total] = (float)(total + step.Weight);
        scalars[Grown] = total > 0d ? (float)(step.Weight / total) : 0f;
        scalars[Share] = own + step.Weight > 0d ? (float)(step.Weight / (own + step.Weight)) : 0f;
        Difference(label, step);
        var difference = step.View(_difference);
        var gain = step.Write(_gain);
        SymmetricTiles.Multiply(step.View(_inverse), _units, difference, gain);
        var added = (float)own * scalars[Share];
        scalars[Shrink] = added / MathF.FusedMultiplyAdd(added, MathF.Max(Reduction.Dot(difference, gain), 0f), 1f);
        Overlap(label, step);
        return Column(label, step) && Reduction.IsBounded(gain, Bound) && Reduction.IsBounded(step.View(_overlap), Bound) && Reduction.IsBounded(scalars, Bound);
    }

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
        if (step.Weight == 0f)
        {
            return;
        }

        var label = _teaching.Label(step);
        step.View(_mean).CopyTo(step.Write(_means).Slice(label * _stride, _stride));
        var counts = MemoryMarshal.Cast<float, double>(step.Write(_counts));
        counts[0] += step.Weight;
        counts[1 + label] += step.Weight;

        // P changes last: the difference is no longer needed and gives its place to the scaled gain.
        var scaled = step.Write(_difference);
        RowKernels.Scale(step.View(_gain), MathF.Sqrt(step.View(_scalars)[Shrink]), scaled);
        var negated = step.Write(_negated);
        RowKernels.Scale(scaled, -1f, negated);
        SymmetricTiles.AddOuters(step.Write(_inverse), _units, 1, negated, scaled);
    }

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        if (step.Weight == 0f)
        {
            delta.Clear();
            return;
        }

        var label = _teaching.Label(step) - tile.Window.Start;
        var scalars = step.View(_scalars);
        var overlap = tile.Columns(step.View(_overlap));
        var strength = scalars[Total] * scalars[Shrink];
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            var row = tile.Rows[k];
            var weights = tile.View(_projection.Weights, k, step);
            var change = delta.Slice(k * tile.Width, tile.Width);
            RowKernels.Scale(weights, scalars[Grown], change);
            if (row < _units)
            {
                RowKernels.AddScaled(overlap, -strength * step.View(_gain)[row], change);
            }
            else
            {
                AddSquares(overlap, 0.5f * strength, change);
            }

            change[label] = (row < _units ? step.View(_column)[row] : scalars[Offset]) - weights[label];
        }
    }

    private static void AddSquares(ReadOnlySpan<float> source, float factor, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++)
        {
            destination[i] = MathF.FusedMultiplyAdd(factor * source[i], source[i], destination[i]);
        }
    }

    private double Count(int index, in StepContext step) => MemoryMarshal.Cast<float, double>(step.View(_counts))[index];

    /// <summary>d = x − μ_y and the new mean; of the first example of a class d is not used.</summary>
    private void Difference(int label, in StepContext step)
    {
        var mean = step.View(_means).Slice(label * _stride, _stride);
        var difference = step.Write(_difference);
        step.View(_projection.Pre.Activity)[.._units].CopyTo(difference);
        RowKernels.AddScaled(mean, -1f, difference);
        var next = step.Write(_mean);
        mean.CopyTo(next);
        RowKernels.AddScaled(difference, step.View(_scalars)[Share], next);
    }

    /// <summary>kᵀμ of every class, by the new mean for the event's own.</summary>
    private void Overlap(int label, in StepContext step)
    {
        var overlap = step.Write(_overlap);
        var gain = step.View(_gain);
        var means = step.View(_means);
        overlap.Clear();
        for (var other = 0; other < _teaching.ClassCount(step); other++)
        {
            overlap[other] = Reduction.Dot(gain, other == label ? step.View(_mean) : means.Slice(other * _stride, _stride));
        }
    }

    /// <summary>Weights and offset of the event's own class from P and its mean: N (P μ − c k (kᵀμ)).</summary>
    private bool Column(int label, in StepContext step)
    {
        var scalars = step.Write(_scalars);
        var column = step.Write(_column);
        SymmetricTiles.Multiply(step.View(_inverse), _units, step.View(_mean), column);
        RowKernels.AddScaled(step.View(_gain), -scalars[Shrink] * step.View(_overlap)[label], column);
        RowKernels.Scale(column, scalars[Total], column);
        scalars[Offset] = -0.5f * Reduction.Dot(step.View(_mean), column);
        return Reduction.IsBounded(column, Bound);
    }
}
