using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// Random signs that are computed where they are needed: drive[j] += b[j] + scale · √(s / n) · Σ over the n active inputs of x[i] · r[i, j], with r[i, j] = ±1 with probability 1 / 2s each and 0 otherwise,
/// a function of (seed, projection, i, j) (Achlioptas 2003, theorem 1.1, with s = 1 and 3; with s = 1 the signs of the hashing trick, Weinberger et al. 2009). The projection keeps
/// inner products to within the spread of random projections, whatever the size of the input, and only its thresholds b are state.
/// </summary>
/// <remarks>Reserves: thresholds [1, post units] (as weights) in Read; sums [post units] in Scratch.</remarks>
public sealed class HashedProjection : Projection, IInitialise
{
    private const int SignsPerDraw = 4;
    private const int BitsPerSign = 16;
    private readonly HashedConnectionSpec _spec;
    private readonly ulong _use;
    private readonly uint _kept;
    private readonly float _scale;
    private readonly Slot _sums;

    /// <summary>Reserves the thresholds.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">The input.</param>
    /// <param name="post">Postsynaptic population.</param>
    /// <param name="spec">Scale, sparsity, first thresholds.</param>
    public HashedProjection(LayoutBuilder layout, string name, Population pre, Population post, HashedConnectionSpec spec)
        : base(layout, name, pre, post, 1, post.Units)
    {
        _spec = spec;
        _use = FeatureHash.OfName(name);
        _kept = (1u << (BitsPerSign - 1)) / (uint)spec.Sparsity;
        _scale = spec.Scale * MathF.Sqrt(spec.Sparsity);
        _sums = layout.Vector(Region.Scratch, $"{name}.signedSums", post.Units);
    }

    /// <summary>Draws the first thresholds.</summary>
    /// <param name="step">A learning step.</param>
    public void Initialise(in StepContext step)
    {
        var thresholds = step.Write(Weights);
        for (var column = 0; column < ColumnCount; column++)
        {
            thresholds[column] = _spec.BiasScale * KeyedRandom.Normal(step.Seed, _use, ulong.MaxValue, (ulong)column);
        }
    }

    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        var rows = Pre.Active(step);
        var values = Pre.Values(step);
        var count = Pre.HasBias ? rows.Length - 1 : rows.Length;
        var sums = step.Write(_sums);
        sums.Clear();
        for (var k = 0; k < count; k++)
        {
            AddSigned(values[k], step.Seed, (ulong)rows[k], sums[..ColumnCount]);
        }

        var drive = step.Write(Post.Drive);
        RowKernels.AddScaled(step.View(Weights), 1f, drive);
        RowKernels.AddScaled(sums, _scale / MathF.Sqrt(Math.Max(1, count)), drive);
    }

    /// <summary>Signs of one presynaptic unit, for exports and inspection.</summary>
    /// <param name="seed">Seed of the model.</param>
    /// <param name="row">The unit.</param>
    /// <param name="signs">Overwritten with +1, −1 and 0; shape [post units].</param>
    public void Signs(ulong seed, int row, Span<float> signs)
    {
        signs.Clear();
        AddSigned(1f, seed, (ulong)row, signs);
    }

    /// <summary>Of the 16 bits of a synapse the highest is its sign and the others say whether it is there.</summary>
    private void AddSigned(float value, ulong seed, ulong row, Span<float> sums)
    {
        for (var column = 0; column < sums.Length; column += SignsPerDraw)
        {
            var bits = KeyedRandom.Bits(seed, _use, row, (ulong)(column / SignsPerDraw));
            var end = Math.Min(column + SignsPerDraw, sums.Length);
            for (var j = column; j < end; j++, bits >>= BitsPerSign)
            {
                if ((bits & 0x7FFF) < _kept)
                {
                    sums[j] += (bits & 0x8000) == 0 ? value : -value;
                }
            }
        }
    }
}
