using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// Numbers with squared loss. Targets may be standardised by their running mean and deviation (Welford 1962); credit = z − drive in that unit, with the target itself taken in.
/// Loss = mean over outputs of (t − prediction)² / running variance of t, the target taken in, so that 1 is what predicting the mean costs.
/// </summary>
/// <remarks>Reserves: mean, sum of squared deviations [outputs] and count in Read.</remarks>
public sealed class RegressionHead : IValueHead
{
    private const float LargestSurprise = 4f;
    private const float LargestTarget = 1e15f;
    private readonly Population _output;
    private readonly bool _standardise;
    private readonly Slot _mean;
    private readonly Slot _squares;
    private readonly Slot _count;

    /// <summary>Reserves the statistics.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="output">The last population; one unit per output.</param>
    /// <param name="spec">Whether targets are standardised.</param>
    public RegressionHead(LayoutBuilder layout, Population output, RegressionHeadSpec spec)
    {
        _output = output;
        _standardise = spec.Standardise;
        _mean = layout.Vector(Region.Read, "head.targetMean", output.Units);
        _squares = layout.Vector(Region.Read, "head.targetSquares", output.Units);
        _count = layout.Vector(Region.Read, "head.targetCount", 2);
    }

    /// <inheritdoc/>
    public void Read(int classCount, in StepContext step, PredictionBuffer prediction)
    {
        var drive = step.View(_output.Drive);
        var values = prediction.Prepare(_output.Units);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = InUnits(i, drive[i], step);
        }
    }

    /// <inheritdoc/>
    public StepOutcome Score(in HeadTarget target, in StepContext step)
    {
        var drive = step.View(_output.Drive);
        var credit = step.Write(_output.Credit);
        credit.Clear();
        var loss = 0f;
        for (var i = 0; i < _output.Units; i++)
        {
            var value = (float)target.Values[i];
            if (!(MathF.Abs(value) <= LargestTarget))
            {
                // Its square would overflow the running statistics: the guard refuses an infinite loss.
                loss = float.PositiveInfinity;
            }

            var error = value - InUnits(i, drive[i], step);
            var (mean, deviation) = Including(i, value, step);
            credit[i] = _standardise ? ((value - mean) / deviation) - drive[i] : error;

            // Of the first target nothing is known, so it costs what knowing nothing costs.
            loss += step.ViewLongs(_count)[0] == 0 ? 1f / _output.Units : error / deviation * (error / deviation) / _output.Units;
        }

        return new StepOutcome { IsScored = true, Loss = loss, Surprise = Math.Clamp(loss, 0f, LargestSurprise) };
    }

    /// <inheritdoc/>
    public void Commit(in HeadTarget target, in StepContext step)
    {
        var mean = step.Write(_mean);
        var squares = step.Write(_squares);
        var count = ++step.WriteLongs(_count)[0];
        for (var i = 0; i < _output.Units; i++)
        {
            var value = (float)target.Values[i];
            var deviation = value - mean[i];
            mean[i] += deviation / count;
            squares[i] = MathF.FusedMultiplyAdd(deviation, value - mean[i], squares[i]);
        }
    }

    /// <inheritdoc/>
    public float Deviation(int output, in StepContext step)
    {
        var count = step.ViewLongs(_count)[0];
        return count < 2 ? 1f : DeviationOf(step.View(_squares)[output], count);
    }

    /// <inheritdoc/>
    public float DeviationWith(int output, float value, in StepContext step) => step.ViewLongs(_count)[0] == 0 ? 0f : Including(output, value, step).Deviation;

    /// <inheritdoc/>
    public float Loss(in HeadTarget target, ReadOnlySpan<float> answer, in StepContext step)
    {
        if (step.ViewLongs(_count)[0] == 0)
        {
            return 1f;
        }

        var loss = 0f;
        for (var i = 0; i < _output.Units; i++)
        {
            var value = (float)target.Values[i];
            var error = (value - answer[i]) / Including(i, value, step).Deviation;
            loss += error * error / _output.Units;
        }

        return loss;
    }

    /// <summary>Mean and deviation with this target taken in: a target far from all before it is then a few deviations away, not thousands.</summary>
    private (float Mean, float Deviation) Including(int output, float value, in StepContext step)
    {
        var count = step.ViewLongs(_count)[0] + 1;
        var before = value - step.View(_mean)[output];
        var mean = step.View(_mean)[output] + (before / count);
        return (mean, DeviationOf(MathF.FusedMultiplyAdd(before, value - mean, step.View(_squares)[output]), count));
    }

    private float InUnits(int output, float drive, in StepContext step) =>
        _standardise ? MathF.FusedMultiplyAdd(drive, Deviation(output, step), step.View(_mean)[output]) : drive;

    private static float DeviationOf(float squares, long count)
    {
        var variance = squares / count;
        return variance > 1e-24f ? MathF.Sqrt(variance) : 1f;
    }
}
