using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LifelongApi.Storage.Connections;

/// <summary>Tells "the database could not do it now" from "the program is wrong".</summary>
internal static class StoreFailure
{
    // SQLite primary result codes: busy, locked, out of memory, read-only, I/O, full, cannot open, locking protocol.
    private static readonly HashSet<int> SqliteCodes = [5, 6, 7, 8, 10, 13, 14, 15];

    // Beyond the classes below: database gone, server is (now) read-only, serialisation, deadlock, lock not granted, statement cancelled by the server.
    private static readonly HashSet<string> PostgresStates = ["3D000", "25006", "40001", "40P01", "55P03", "57014"];

    /// <summary>Runs work and turns failures of the database into <see cref="StoreUnavailableException"/>.</summary>
    public static async Task<T> GuardAsync<T>(string what, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception failure) when (IsUnavailable(failure))
        {
            throw new StoreUnavailableException($"The database did not answer: {what}.", failure);
        }
    }

    /// <summary>Whether the exception, or one inside it, means that the database could not be reached or could not work.</summary>
    public static bool IsUnavailable(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case StoreUnavailableException:
                    return false;
                case SqliteException sqlite:
                    return SqliteCodes.Contains(sqlite.SqliteErrorCode);
                case PostgresException postgres:
                    return IsUnavailable(postgres.SqlState);
                case NpgsqlException npgsql when npgsql.IsTransient || npgsql.InnerException is IOException or SocketException or TimeoutException:
                    return true;
                case SocketException or TimeoutException:
                    return true;
            }
        }

        return false;
    }

    /// <summary>Whether a unique key refused a row.</summary>
    public static bool IsTaken(Exception failure)
        => failure switch
        {
            SqliteException sqlite => sqlite.SqliteExtendedErrorCode is 2067 or 1555,
            PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation,
            { InnerException: { } inner } => IsTaken(inner),
            _ => false,
        };

    private static bool IsUnavailable(string state)
        => state.StartsWith("08", StringComparison.Ordinal)
            || state.StartsWith("53", StringComparison.Ordinal)
            || state.StartsWith("57P0", StringComparison.Ordinal)
            || state.StartsWith("58", StringComparison.Ordinal)
            || PostgresStates.Contains(state);
}
