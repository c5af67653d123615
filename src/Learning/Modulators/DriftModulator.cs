using System.Runtime.InteropServices;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>
/// What detectors of drift share: they look at the signal of scored events; the level is 1 on a detection and falls as level ← (1 − 1/τ) level on every scored event
/// without one, and from 0.01 to 0, so that what waits for a surprise to settle does not wait for ever.
/// </summary>
/// <remarks>Reserves: the detector's doubles and the level in Plastic; what became of the present event in Scratch.</remarks>
public abstract class DriftModulator : IDriftDetector
{
    private const float Settled = 0.01f;
    private const int Detected = 0;
    private const int IsNew = 1;
    private readonly DriftModulatorSpec _spec;
    private readonly DriftSignal _signal;
    private readonly Slot _state;
    private readonly Slot _level;
    private readonly Slot _event;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="spec">Name, τ, and whether detections are boundaries.</param>
    /// <param name="signal">What it watches.</param>
    /// <param name="stateCount">Doubles that the detector keeps; all 0 at first.</param>
    protected DriftModulator(LayoutBuilder layout, DriftModulatorSpec spec, DriftSignal signal, int stateCount)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(spec);
        _spec = spec;
        _signal = signal;
        _state = layout.Vector(Region.Plastic, $"{spec.Name}.drift", 2 * stateCount);
        _level = layout.Vector(Region.Plastic, $"{spec.Name}.level", 1);
        _event = layout.Vector(Region.Scratch, $"{spec.Name}.detected", 2);
    }

    /// <inheritdoc/>
    public float Sense(in StepOutcome outcome, in StepContext step)
    {
        var level = step.Write(_level);
        var present = step.Write(_event);
        present.Clear();
        if (!outcome.IsScored)
        {
            return level[0];
        }

        if (Detect(_signal == DriftSignal.Error ? (outcome.IsRight ? 0d : 1d) : outcome.Surprise, MemoryMarshal.Cast<float, double>(step.Write(_state))))
        {
            present[Detected] = 1f;
            present[IsNew] = level[0] == 0f ? 1f : 0f;
            level[0] = 1f;
        }
        else
        {
            level[0] -= level[0] / _spec.TimeConstant;
            level[0] = level[0] < Settled ? 0f : level[0];
        }

        return level[0];
    }

    /// <inheritdoc/>
    public bool HasDetected(in StepContext step) => step.View(_event)[Detected] != 0f;

    /// <inheritdoc/>
    public bool IsBoundary(in StepContext step) => _spec.Boundary && step.View(_event)[IsNew] != 0f;

    /// <summary>Takes in the signal of one event.</summary>
    /// <param name="signal">The signal, finite.</param>
    /// <param name="state">The detector's own doubles; shape [state count and padding].</param>
    /// <returns>Whether drift is detected now.</returns>
    protected abstract bool Detect(double signal, Span<double> state);
}
