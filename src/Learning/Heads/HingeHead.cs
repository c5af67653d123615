using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// Multi-class hinge loss (Crammer and Singer 2001, eq. 2): with r the strongest rival of class c, h = max(0, 1 − (drive[c] − drive[r])), credit[c] = h, credit[r] = −h, all others 0.
/// Probabilities are a softmax of 3 · drive: a margin of 1 over one rival reads as 95 %. Loss and surprise are those of that probability, so that they compare with other heads'.
/// </summary>
/// <remarks>Reserves: probabilities [classes] in Scratch.</remarks>
public sealed class HingeHead : IClassHead
{
    private const float Sharpness = 3f;
    private readonly Population _output;
    private readonly Slot _probabilities;

    /// <summary>Reserves the scratch.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="output">The population it reads; one unit per class that fits.</param>
    public HingeHead(LayoutBuilder layout, string owner, Population output)
    {
        _output = output;
        _probabilities = layout.Vector(Region.Scratch, $"{owner}.probabilities", output.Units);
    }

    /// <inheritdoc/>
    public void Read(int classCount, in StepContext step, PredictionBuffer prediction)
    {
        var scores = prediction.Prepare(classCount);
        Probabilities(classCount, step, scores);
        prediction.Label = Reduction.IndexOfMax(scores);
    }

    /// <inheritdoc/>
    public void Probabilities(int classCount, in StepContext step, Span<float> probabilities)
    {
        var line = step.Write(_probabilities);
        RowKernels.Scale(step.View(_output.Drive), Sharpness, line);
        SoftmaxKernel.Apply(line, classCount);
        line[..classCount].CopyTo(probabilities);
    }

    /// <inheritdoc/>
    public StepOutcome Score(in HeadTarget target, in StepContext step)
    {
        var drive = step.View(_output.Drive);
        var credit = step.Write(_output.Credit);
        credit.Clear();
        var rival = -1;
        for (var i = 0; i < target.ClassCount; i++)
        {
            rival = i != target.Label && (rival < 0 || drive[i] > drive[rival]) ? i : rival;
        }

        if (rival >= 0 && !(drive[target.Label] - drive[rival] >= 1f))
        {
            credit[target.Label] = 1f - (drive[target.Label] - drive[rival]);
            credit[rival] = -credit[target.Label];
        }

        var line = step.Write(_probabilities);
        Probabilities(target.ClassCount, step, line[..target.ClassCount]);
        return ClassScore.Of(line[target.Label], target.ClassCount);
    }

    /// <inheritdoc/>
    public void Commit(in HeadTarget target, in StepContext step)
    {
    }
}
