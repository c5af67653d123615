namespace LifelongApi.Api.Hosting;

/// <summary>What hosting says in the log.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(20, LogLevel.Warning, "Model {Model}: the accuracy matrix could not be computed")]
    public static partial void ScenarioFailed(this ILogger logger, string model, Exception reason);

    [LoggerMessage(1, LogLevel.Information, "Stream {Stream} opened with epoch {Epoch} at sequence {Sequence}")]
    public static partial void Opened(this ILogger logger, string stream, long epoch, long sequence);

    [LoggerMessage(2, LogLevel.Information, "Model {Model} recovered from version {Version} and {Replayed} events to {Position}")]
    public static partial void Recovered(this ILogger logger, string model, int version, long replayed, string position);

    [LoggerMessage(3, LogLevel.Information, "Stream {Stream} closed at sequence {Sequence}")]
    public static partial void Closed(this ILogger logger, string stream, long sequence);

    [LoggerMessage(4, LogLevel.Warning, "Stream {Stream} was taken over by another host; this one stops writing it")]
    public static partial void TakenOver(this ILogger logger, string stream);

    [LoggerMessage(5, LogLevel.Warning, "Stream {Stream}: the store is away; learning waits until it is back")]
    public static partial void StoreAway(this ILogger logger, string stream, Exception reason);

    [LoggerMessage(6, LogLevel.Information, "Stream {Stream}: the store is back; {Found} events had been committed without an answer")]
    public static partial void StoreBack(this ILogger logger, string stream, long found);

    [LoggerMessage(7, LogLevel.Information, "Model {Model}: version {Version} stored at {Position} ({Cause}, {NewBytes} new bytes)")]
    public static partial void VersionStored(this ILogger logger, string model, int version, string position, string cause, long newBytes);

    [LoggerMessage(8, LogLevel.Warning, "Model {Model}: a recovery point could not be stored")]
    public static partial void VersionFailed(this ILogger logger, string model, Exception reason);

    [LoggerMessage(9, LogLevel.Critical, "Model {Model} is fenced: {Reason}")]
    public static partial void ModelFenced(this ILogger logger, string model, string reason);

    [LoggerMessage(10, LogLevel.Critical, "Stream {Stream} stopped on an unexpected error; it reopens from the store")]
    public static partial void Broken(this ILogger logger, string stream, Exception reason);

    [LoggerMessage(11, LogLevel.Information, "Model {Model} restored to version {Version}: {Position}")]
    public static partial void Restored(this ILogger logger, string model, int version, string position);

    [LoggerMessage(13, LogLevel.Information, "Follower {Model} caught up at {Position}")]
    public static partial void CaughtUp(this ILogger logger, string model, string position);

    [LoggerMessage(12, LogLevel.Error, "Follower {Model} cannot be brought back; its stream is open without it")]
    public static partial void FollowerLeftOut(this ILogger logger, string model, Exception reason);

    [LoggerMessage(15, LogLevel.Information, "Stream {Stream}: a sleep ended early: {Reason}")]
    public static partial void SleepEnded(this ILogger logger, string stream, string reason);

    [LoggerMessage(22, LogLevel.Information, "Stream {Stream}: {Leader} leads now, {Follower} follows ({Cause})")]
    public static partial void LeadChanged(this ILogger logger, string stream, string leader, string follower, string cause);

    [LoggerMessage(21, LogLevel.Warning, "Stream {Stream}: default labels wait: {Reason}")]
    public static partial void DefaultsEnded(this ILogger logger, string stream, string reason);

    [LoggerMessage(14, LogLevel.Warning, "Housekeeping of stream {Stream} failed; it is tried again")]
    public static partial void HousekeepingFailed(this ILogger logger, string stream, Exception reason);
}
