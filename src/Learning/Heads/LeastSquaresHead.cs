using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// One-hot regression: with squared loss the drive of a class estimates its posterior probability (Richard and Lippmann 1991), credit = 1[label] − drive.
/// The answer is the drive, limited to [0.001, 1] and normalised. A class that appears starts at zero, which is what least squares on all earlier events gives it.
/// With label contexts the drives are those of percepts: the answer for a label sums the percepts that the context in force calls so, and the credit is that of the likeliest of them.
/// </summary>
public sealed class LeastSquaresHead : IClassHead
{
    private const float Floor = 1e-3f;
    private readonly Population _output;
    private readonly LabelContexts? _contexts;

    /// <summary>Makes the head.</summary>
    /// <param name="output">The last population; one unit per class that fits.</param>
    /// <param name="contexts">Situations in which classes have other labels, or null.</param>
    public LeastSquaresHead(Population output, LabelContexts? contexts = null) => (_output, _contexts) = (output, contexts);

    /// <inheritdoc/>
    public void Read(int classCount, in StepContext step, PredictionBuffer prediction)
    {
        Probabilities(classCount, step, prediction.Prepare(classCount));
        var percept = Reduction.IndexOfMax(step.View(_output.Drive)[..classCount]);
        prediction.Label = percept >= 0 && Renames(step) ? _contexts!.LabelOf(percept, step) : percept;
    }

    /// <inheritdoc/>
    public void Probabilities(int classCount, in StepContext step, Span<float> probabilities)
    {
        var drive = step.View(_output.Drive);
        var renamed = Renames(step);
        probabilities.Clear();
        for (var i = 0; i < classCount; i++)
        {
            probabilities[renamed ? _contexts!.LabelOf(i, step) : i] += Limit(drive[i]);
        }

        RowKernels.Scale(probabilities, 1f / Reduction.Sum(probabilities), probabilities);
    }

    /// <inheritdoc/>
    public StepOutcome Score(in HeadTarget target, in StepContext step)
    {
        var drive = step.View(_output.Drive);
        var credit = step.Write(_output.Credit);
        credit.Clear();
        var renamed = Renames(step);
        var taught = -1;
        var (sum, hit) = (0f, 0f);
        for (var i = 0; i < target.ClassCount; i++)
        {
            credit[i] = -drive[i];
            var share = Limit(drive[i]);
            sum += share;
            if ((renamed ? _contexts!.LabelOf(i, step) : i) == target.Label)
            {
                hit += share;
                taught = taught < 0 || drive[i] > drive[taught] ? i : taught;
            }
        }

        // A label that nothing is called in this context is taken for the percept of that name.
        credit[taught < 0 ? target.Label : taught] += 1f;
        return ClassScore.Of(taught < 0 ? Floor / sum : hit / sum, target.ClassCount);
    }

    /// <inheritdoc/>
    public void Commit(in HeadTarget target, in StepContext step)
    {
        if (_contexts is null)
        {
            return;
        }

        var drive = step.View(_output.Drive)[..target.ClassCount];
        var percept = Reduction.IndexOfMax(drive);
        var sum = 0f;
        foreach (var one in drive)
        {
            sum += Limit(one);
        }

        _contexts.Observe(target.Label, percept, Limit(drive[percept]) / sum, step);
    }

    private bool Renames(in StepContext step) => _contexts is not null && _contexts.Active(step) > 0;

    // Written so that NaN stays NaN: the guard must see it.
    private static float Limit(float drive) => drive < Floor ? Floor : drive > 1f ? 1f : drive;
}
