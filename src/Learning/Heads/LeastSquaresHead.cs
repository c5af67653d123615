using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// One-hot regression: with squared loss the drive of a class estimates its posterior probability (Richard and Lippmann 1991), credit = 1[label] − drive.
/// The answer is the drive, limited to [0.001, 1] and normalised. A class that appears starts at zero, which is what least squares on all earlier events gives it.
/// </summary>
/// <param name="output">The last population; one unit per class that fits.</param>
public sealed class LeastSquaresHead(Population output) : IClassHead
{
    private const float Floor = 1e-3f;

    /// <inheritdoc/>
    public void Read(int classCount, in StepContext step, PredictionBuffer prediction)
    {
        Probabilities(classCount, step, prediction.Prepare(classCount));
        prediction.Label = Reduction.IndexOfMax(step.View(output.Drive)[..classCount]);
    }

    /// <inheritdoc/>
    public void Probabilities(int classCount, in StepContext step, Span<float> probabilities)
    {
        var drive = step.View(output.Drive);
        for (var i = 0; i < classCount; i++)
        {
            probabilities[i] = Limit(drive[i]);
        }

        RowKernels.Scale(probabilities, 1f / Reduction.Sum(probabilities), probabilities);
    }

    /// <inheritdoc/>
    public StepOutcome Score(in HeadTarget target, in StepContext step)
    {
        var drive = step.View(output.Drive);
        var credit = step.Write(output.Credit);
        credit.Clear();
        var sum = 0f;
        for (var i = 0; i < target.ClassCount; i++)
        {
            credit[i] = -drive[i];
            sum += Limit(drive[i]);
        }

        credit[target.Label] += 1f;
        return ClassScore.Of(Limit(drive[target.Label]) / sum, target.ClassCount);
    }

    /// <inheritdoc/>
    public void Commit(in HeadTarget target, in StepContext step)
    {
    }

    // Written so that NaN stays NaN: the guard must see it.
    private static float Limit(float drive) => drive < Floor ? Floor : drive > 1f ? 1f : drive;
}
