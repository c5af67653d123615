using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Compilation;

/// <summary>
/// A softmax readout of the input itself with room for at most sixteen classes: drive, answer, loss and credit stay in registers between one look at the weights and the chain that changes them.
/// Bit for bit what <see cref="DenseProjection"/>, <see cref="IdentityPopulation"/>, <see cref="SoftmaxHead"/> and the guards between them do one after another; what a guard would refuse is left to them.
/// </summary>
internal sealed class DirectReadout
{
    private readonly InputPopulation _input;
    private readonly DenseProjection _projection;

    private DirectReadout(InputPopulation input, DenseProjection projection) => (_input, _projection) = (input, projection);

    /// <summary>The readout of a program that is nothing else, or null.</summary>
    /// <param name="parts">The program.</param>
    /// <returns>The readout where one layer of credit steps leads from the input to a softmax over all known classes, and nothing but modulators and maintenance is beside it.</returns>
    public static DirectReadout? Of(LearnerParts parts) =>
        parts is
        {
            Populations: [InputPopulation input, IdentityPopulation { Gate: null }],
            Projections: [DenseProjection { Stride: LayoutBuilder.Line, Buffer: null, LazyPull: null, IsNormalised: false } projection],
            Chains: [{ IsByCredit: true, CreditPass: null }],
            Head: SoftmaxHead { IsByTask: false },
            Distillation: null,
            Balance: null,
            Context: null,
            Entities: null,
            Adaptation: null,
            Order: null,
        }
            ? new DirectReadout(input, projection) : null;

    /// <summary>Sums the drive of the encoded input.</summary>
    /// <param name="step">A learning step.</param>
    /// <param name="drive">Drive of every class.</param>
    /// <returns>False where activities or what they propose are not bounded, so that a guard may refuse the event.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryDrive(in StepContext step, out Vector512<float> drive)
    {
        drive = Sum(_input.Active(step), _input.Values(step), step.View(_projection.Weights), out var largest);

        // No credit of a softmax is beyond ±1, so the proposal is within bounds where weight times activity is.
        return largest <= Learner.Bound && Vector512.LessThanOrEqualAll(Vector512.Abs(drive), Vector512.Create(Learner.Bound))
            && step.Weight * largest <= PlasticityChain.LargestProposal;
    }

    /// <summary>Answers, scores the answer and gives the credit.</summary>
    /// <param name="drive">A bounded drive.</param>
    /// <param name="target">The target, of a class that was known before.</param>
    /// <param name="step">A learning step.</param>
    /// <param name="prediction">Overwritten with the answer.</param>
    /// <returns>Loss of the answer.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float Score(in Vector512<float> drive, in HeadTarget target, in StepContext step, PredictionBuffer prediction)
    {
        var isKnown = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(target.ClassCount)).AsSingle();
        var highest = Reduction.LargestLane(Vector512.ConditionalSelect(isKnown, drive, Vector512.Create(float.NegativeInfinity)));
        var probabilities = SoftmaxKernel.OfLine(drive, highest, isKnown);

        // As scaled by −1: what is not known gets −0.
        var credit = probabilities * Vector512.Create(-1f);
        var isLabel = Vector512.Equals(Vector512<int>.Indices, Vector512.Create(target.Label)).AsSingle();
        Vector512.ConditionalSelect(isLabel, credit + Vector512<float>.One, credit).CopyTo(step.Write(_projection.Post.Credit));
        var label = Reduction.IndexOfLane(probabilities, Reduction.LargestLane(probabilities));
        Span<float> line = stackalloc float[LayoutBuilder.Line];
        probabilities.CopyTo(line);
        var loss = ClassScore.Loss(line[target.Label]);
        line[..target.ClassCount].CopyTo(prediction.Prepare(target.ClassCount));
        prediction.Label = label;
        return loss;
    }

    /// <summary>Σ_k values[k] · weights[rows[k], :] in the order of k, and the largest magnitude of the values (NaN where there is one).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sum(ReadOnlySpan<int> rows, ReadOnlySpan<float> values, ReadOnlySpan<float> weights, out float largest)
    {
        var drive = Vector512<float>.Zero;

        // Magnitudes have the order of their bits, and NaN is beyond all.
        var bits = Vector128<int>.Zero;
        for (var k = 0; k < rows.Length; k++)
        {
            ref var row = ref MemoryMarshal.GetReference(weights.Slice(rows[k] * LayoutBuilder.Line, LayoutBuilder.Line));
            drive = Vector512.FusedMultiplyAdd(Vector512.Create(values[k]), Vector512.LoadUnsafe(ref row), drive);
            bits = Vector128.Max(bits, Vector128.CreateScalar(values[k]).AsInt32() & Vector128.Create(int.MaxValue));
        }

        largest = bits.AsSingle().ToScalar();
        return drive;
    }
}
