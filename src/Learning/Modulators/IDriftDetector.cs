using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>A modulator that decides on single events that what it watches has changed.</summary>
public interface IDriftDetector : IModulator
{
    /// <summary>Whether the event that was sensed last is one on which drift was detected. Valid in the step of that event.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Whether it is.</returns>
    bool HasDetected(in StepContext step);

    /// <summary>Whether that detection begins a new drift that is to be a task boundary of the stream.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Whether it does.</returns>
    bool IsBoundary(in StepContext step);
}
