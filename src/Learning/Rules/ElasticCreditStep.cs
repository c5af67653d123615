using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// The chain credit rule, observed Fisher matrix, learning rate, elastic anchor in one pass over the rows in use, bit for bit what the chain does part by part:
/// every weight, its importance, anchor and sum of squares come from memory once.
/// </summary>
/// <param name="projection">The projection.</param>
/// <param name="observer">Sums the squares of the raw proposals.</param>
/// <param name="rate">The step size.</param>
/// <param name="anchor">The pull.</param>
internal sealed class ElasticCreditStep(Projection projection, FisherObserver observer, LearningRate rate, ElasticAnchor anchor)
{
    /// <summary>The step for a chain that it can stand for, or null.</summary>
    /// <param name="projection">The projection.</param>
    /// <param name="rule">Its rule.</param>
    /// <param name="transforms">Its transforms.</param>
    /// <returns>The step.</returns>
    public static ElasticCreditStep? For(Projection projection, IPlasticityRule rule, IUpdateTransform[] transforms) =>
        rule is CreditRule && projection.Post.Gate is null && transforms is [FisherObserver { IsExpected: false } observer, LearningRate rate, ElasticAnchor { IsEveryEvent: true } anchor]
            ? new ElasticCreditStep(projection, observer, rate, anchor)
            : null;

    /// <summary>Whether all parts act on this event.</summary>
    /// <param name="step">The step.</param>
    /// <returns>True where they do.</returns>
    public bool IsDue(in StepContext step) => observer.IsDueNow(step);

    /// <summary>Changes the weights of a tile of whole rows, their sums of squares, and notes the pull.</summary>
    /// <param name="tile">Whole rows.</param>
    /// <param name="step">The step.</param>
    /// <returns>Sum of the squared changes.</returns>
    public float Run(in SynapseTile tile, in StepContext step)
    {
        // A proposal is at most 10^15, so a square that is taken as it is stays within the limit of ImportanceMean.Add.
        var factor = observer.FactorOf(step);
        return factor == 1f ? Run(tile, new Plain(), step) : Run(tile, new Scaled(factor), step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Run<TShare>(in SynapseTile tile, TShare share, in StepContext step)
        where TShare : struct, IShare
    {
        ref var credit = ref MemoryMarshal.GetReference(step.View(projection.Post.Credit)[..tile.Width]);
        var (eta, strength) = (Vector512.Create(rate.Rate(step)), Vector512.Create(anchor.Strength));
        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        var pulls = 0f;
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var weights = ref MemoryMarshal.GetReference(tile.Write(projection.Weights, k, step));
            ref var squares = ref MemoryMarshal.GetReference(tile.Write(observer.Sum, k, step));
            ref var centre = ref MemoryMarshal.GetReference(tile.View(anchor.Anchor, k, step));
            ref var importance = ref MemoryMarshal.GetReference(tile.View(anchor.Importance, k, step));
            var activity = Vector512.Create(step.Weight * tile.Pre[k]);
            var pulled = Vector512<float>.Zero;
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var gradient = activity * Vector512.LoadUnsafe(ref credit, j);
                share.Add(Vector512.LoadUnsafe(ref squares, j), gradient * gradient).StoreUnsafe(ref squares, j);
                var weight = Vector512.LoadUnsafe(ref weights, j);
                var pull = ElasticAnchor.Pull(weight, Vector512.LoadUnsafe(ref centre, j), Vector512.LoadUnsafe(ref importance, j), strength);
                pulled = Vector512.FusedMultiplyAdd(pull, pull, pulled);
                var change = (eta * gradient) + pull;
                (weight + change).StoreUnsafe(ref weights, j);

                // Lines go to the four sums in turn, as in RowKernels.AddRows.
                (a, b, c, d) = (b, c, d, Vector512.FusedMultiplyAdd(change, change, a));
            }

            pulls += Reduction.Lanes(pulled);
        }

        anchor.Note(tile.Rows, pulls, step);
        return Reduction.Lanes((a + b) + (c + d));
    }

    private interface IShare
    {
        Vector512<float> Add(Vector512<float> sum, Vector512<float> square);
    }

    private readonly struct Plain : IShare
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Add(Vector512<float> sum, Vector512<float> square) => sum + square;
    }

    private readonly struct Scaled(float factor) : IShare
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Add(Vector512<float> sum, Vector512<float> square) => ImportanceMean.Add(sum, square, Vector512.Create(factor));
    }
}
