using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// p = softmax(drive) over the classes known, loss −ln p(label), credit = 1[label] − p (Bridle 1990). A class that appears takes part from then on.
/// </summary>
/// <remarks>Reserves: probabilities [classes] in Scratch.</remarks>
public sealed class SoftmaxHead : IClassHead
{
    private readonly Population _output;
    private readonly Slot _probabilities;

    /// <summary>Reserves the scratch.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="output">The population it reads; one unit per class that fits.</param>
    public SoftmaxHead(LayoutBuilder layout, string owner, Population output)
    {
        _output = output;
        _probabilities = layout.Vector(Region.Scratch, $"{owner}.probabilities", output.Units);
    }

    /// <inheritdoc/>
    public void Read(int classCount, in StepContext step, PredictionBuffer prediction)
    {
        var scores = prediction.Prepare(classCount);
        Normalise(classCount, step)[..classCount].CopyTo(scores);
        prediction.Label = Reduction.IndexOfMax(scores);
    }

    /// <inheritdoc/>
    public void Probabilities(int classCount, in StepContext step, Span<float> probabilities) => Normalise(classCount, step)[..classCount].CopyTo(probabilities);

    /// <inheritdoc/>
    public StepOutcome Score(in HeadTarget target, in StepContext step)
    {
        var probabilities = Normalise(target.ClassCount, step);
        var credit = step.Write(_output.Credit);
        RowKernels.Scale(probabilities, -1f, credit);
        credit[target.Label] += 1f;
        return ClassScore.Of(probabilities[target.Label], target.ClassCount);
    }

    /// <inheritdoc/>
    public void Commit(in HeadTarget target, in StepContext step)
    {
    }

    private Span<float> Normalise(int classCount, in StepContext step)
    {
        var probabilities = step.Write(_probabilities);
        step.View(_output.Drive).CopyTo(probabilities);
        SoftmaxKernel.Apply(probabilities, classCount);
        return probabilities;
    }
}
