namespace LifelongApi.Learning.State;

/// <summary>A part with learned slots that do not start at zero.</summary>
public interface IInitialise
{
    /// <summary>Fills the first values.</summary>
    /// <param name="step">A learning step on arenas that are otherwise zero.</param>
    void Initialise(in StepContext step);
}
